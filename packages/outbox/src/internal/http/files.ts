/** The files of the page. They are built into a module of strings, so that a bundler takes them along. */
export interface PageFiles {
  readonly html: string
  readonly script: string
  readonly style: string
  /** In base64, by the name of the file. */
  readonly fonts: Readonly<Record<string, string>>
}
