/** The process that started this one. */

/** Resolves when it was told, so that this process may end. */
export const tell = (value: unknown): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) {
      throw new Error("This is a child process of the bench: start the bench by npm run bench")
    }
    process.send(value, () => resolve())
  })

export const endWithParent = (): void => {
  process.on("disconnect", () => process.exit())
  // Ctrl-C reaches the whole group of processes: the parent may still want to say good-bye.
  process.on("SIGINT", () => undefined)
}
