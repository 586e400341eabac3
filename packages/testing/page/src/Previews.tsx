import { useState } from "preact/hooks"
import type { Preview } from "./api.js"
import { visible } from "./format.js"
import { copyToInbox, render, type State } from "./state.js"

interface Property {
  readonly name: string
  readonly type: "string" | "number" | "boolean"
  readonly choices: ReadonlyArray<string>
  readonly isRequired: boolean
  readonly hint: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const propertyOf = (name: string, schema: unknown, isRequired: boolean): Property | undefined => {
  if (!isRecord(schema)) return undefined
  const choices = Array.isArray(schema["enum"]) ? schema["enum"] : []
  const type = schema["type"] === "integer" ? "number" : schema["type"]
  if (choices.length > 0 && !choices.every((choice) => typeof choice === "string")) return undefined
  if (type !== "string" && type !== "number" && type !== "boolean") return undefined
  const hint = schema["description"]
  return { name, type, choices, isRequired, hint: typeof hint === "string" ? hint : "" }
}

/** The fields of a form; undefined where the parameters are more than a form can hold, and JSON is asked for. */
const propertiesOf = ({ params, schema }: Preview): ReadonlyArray<Property> | undefined => {
  const described = isRecord(schema) && isRecord(schema["properties"])
    ? Object.entries(schema["properties"]).map(([name, property]) =>
      propertyOf(name, property, Array.isArray(schema["required"]) && schema["required"].includes(name))
    )
    : isRecord(params)
    ? Object.entries(params).map(([name, value]) => propertyOf(name, { type: typeof value }, true))
    : undefined
  const known = described?.filter((one) => one !== undefined)
  return known !== undefined && known.length === described?.length && known.length > 0 ? known : undefined
}

const Field = ({ property: { choices, hint, isRequired, name, type }, value }: {
  readonly property: Property
  readonly value: unknown
}) => (
  <label>
    {name}
    {choices.length > 0
      ? (
        <select name={name} defaultValue={String(value ?? "")}>
          {!isRequired && <option value="" />}
          {choices.map((choice) => <option key={choice} value={choice} selected={choice === value}>{choice}</option>)}
        </select>
      )
      : type === "boolean"
      ? <input name={name} type="checkbox" defaultChecked={value === true} />
      : type === "number"
      ? <input name={name} type="number" step="any" required={isRequired} defaultValue={String(value ?? "")} />
      : <input name={name} type="text" autoComplete="off" defaultValue={String(value ?? "")} />}
    {hint !== "" && <small>{hint}</small>}
  </label>
)

const valueOf = (data: FormData, { choices, isRequired, name, type }: Property): unknown => {
  if (type === "boolean") return data.get(name) !== null
  const text = String(data.get(name) ?? "")
  if (text === "" && (!isRequired || choices.length > 0)) return undefined
  return type === "number" ? Number(text) : text
}

/** What a preview is made with: a form by its schema, or JSON, and its locales. */
export const PreviewForm = ({ preview, state }: { readonly preview: Preview; readonly state: State }) => {
  const [wrong, setWrong] = useState("")
  const properties = propertiesOf(preview)
  const hasForm = properties !== undefined || preview.params !== null || preview.schema !== null
  const submit = (form: HTMLFormElement): void => {
    const data = new FormData(form)
    const locale = preview.locales.length === 0 ? null : String(data.get("(locale)"))
    try {
      const params: unknown = properties === undefined
        ? hasForm ? JSON.parse(String(data.get("(json)") ?? "null")) : null
        : Object.fromEntries(properties.map((property) => [property.name, valueOf(data, property)]))
      setWrong("")
      render(preview.id, params, locale)
    } catch {
      setWrong("This is not JSON.")
    }
  }
  const { message } = preview
  return (
    <section class="preview" aria-label="Preview">
      <form
        class="adding"
        onSubmit={(event) => {
          event.preventDefault()
          if (event.currentTarget instanceof HTMLFormElement) submit(event.currentTarget)
        }}
      >
        {properties?.map((property) => (
          <Field
            key={property.name}
            property={property}
            value={isRecord(preview.params) ? preview.params[property.name] : undefined}
          />
        ))}
        {properties === undefined && hasForm && (
          <label>
            Parameters, as JSON
            <textarea
              name="(json)"
              rows={4}
              spellcheck={false}
              defaultValue={JSON.stringify(preview.params, null, 2)}
            />
          </label>
        )}
        {preview.locales.length > 0 && (
          <label>
            Locale
            <select
              name="(locale)"
              onChange={({ currentTarget: { form } }) => form !== null && submit(form)}
            >
              {preview.locales.map((locale) => (
                <option key={locale} value={locale} selected={locale === preview.locale}>{locale}</option>
              ))}
            </select>
          </label>
        )}
        <div class="actions">
          <button class="btn" type="submit">Make it again</button>
          {message !== null && (
            <button class="link" type="button" onClick={() => copyToInbox(message)}>Send to this inbox</button>
          )}
          {state.status?.relay === null && <span class="note">--relay sends it to a real address</span>}
        </div>
      </form>
      <div role="status">
        {wrong !== "" && <p class="warn">{wrong}</p>}
        {preview.error !== null && <pre class="warn" tabIndex={0}>{visible(preview.error)}</pre>}
      </div>
    </section>
  )
}

/** The section of the list above the messages. */
export const PreviewRows = (previews: ReadonlyArray<Preview>, current: number | undefined) =>
  previews.length === 0 ? [] : [
    <li key="previews" class="day">
      <span>Previews</span>
      <span>{previews.length}</span>
    </li>,
    ...previews.map((preview) => (
      <li key={preview.id} class="row">
        {preview.message === null
          ? (
            <div class="broken">
              <span class="subj">{visible(preview.name)}</span>
              <pre class="warn" tabIndex={0}>{visible(preview.error ?? "")}</pre>
            </div>
          )
          : (
            <a
              href={`#/${preview.message}`}
              {...preview.message === current ? { "aria-current": "true" as const } : {}}
            >
              <span class="who">{visible(preview.file)}</span>
              <span />
              <span class="subj">{visible(preview.name)}</span>
              <span class="meta">
                {preview.error !== null && <span class="v no">cannot be made</span>}
                {preview.locale !== null && <span>{preview.locale}</span>}
              </span>
            </a>
          )}
      </li>
    ))
  ]
