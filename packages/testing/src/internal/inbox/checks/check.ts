import type * as MailReader from "../../../MailReader.js"
import type { Detail, Finding } from "../model/message.js"

/** What a check looks at. */
export interface Input {
  readonly mail: MailReader.Mail
  readonly detail: Detail
  readonly html: string | undefined
  readonly text: string | undefined
}

/** What a check found. `at`: the octet of the source where it is. */
export interface Found {
  readonly title: string
  readonly detail: string
  readonly at?: number | undefined
}

/** A rule of mail, where it is from, and how much it matters: what is only taste is never an error. */
export interface Check {
  readonly id: string
  readonly grade: Finding["grade"]
  readonly source: string
  readonly run: (input: Input) => Found | undefined
}

/** A number as people read it. */
export const count = (value: number): string => value.toLocaleString("en")

/** Something, or several of it. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`
