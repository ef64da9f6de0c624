/** Forms with a file, as imports take them. */
export interface Part {
  readonly name: string
  readonly content: string | Uint8Array
  readonly filename?: string
  readonly type?: string
}

export const boundary = "----a boundary of the tests".replaceAll(" ", "-")
export const uploadHeaders = { "content-type": `multipart/form-data; boundary=${boundary}` }

export const multipart = (parts: ReadonlyArray<Part>): Uint8Array =>
  Buffer.concat([
    ...parts.flatMap(({ content, filename, name, type = "text/csv" }) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
          (filename === undefined ? "\r\n\r\n" : `; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`)
      ),
      Buffer.from(content),
      Buffer.from("\r\n")
    ]),
    Buffer.from(`--${boundary}--\r\n`)
  ])

export const file = (content: string | Uint8Array): Part => ({ name: "file", content, filename: "contacts.csv" })
export const mapping = (value: unknown): Part => ({ name: "mapping", content: JSON.stringify(value) })
export const options = (value: unknown): Part => ({ name: "options", content: JSON.stringify(value) })
