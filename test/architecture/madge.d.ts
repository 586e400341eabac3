declare module "madge" {
  interface Madge {
    readonly circular: () => ReadonlyArray<ReadonlyArray<string>>
    readonly obj: () => Readonly<Record<string, ReadonlyArray<string>>>
  }
  export default function madge(
    path: string | ReadonlyArray<string>,
    config: { readonly baseDir: string; readonly fileExtensions: ReadonlyArray<string> }
  ): Promise<Madge>
}
