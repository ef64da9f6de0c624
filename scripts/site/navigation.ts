/** The site's order of reading, for its three kinds of readers. */
import { titleOf } from "./markdown.ts"
import type { Page } from "./pages.ts"

export interface Item {
  readonly text: string
  readonly link: string
}

export interface Section {
  readonly text: string
  readonly items: ReadonlyArray<Item>
}

const written: ReadonlyArray<readonly [section: string, paths: ReadonlyArray<string>]> = [
  ["Begin", ["readme", "tutorial", "house", "comparison"]],
  [
    "For hosts that embed",
    [
      "guides/embedding",
      "guides/host-transactions",
      "guides/mounting",
      "guides/contacts",
      "guides/custom-fields",
      "guides/segments",
      "guides/duplicates",
      "guides/merging",
      "guides/deals",
      "guides/pipeline",
      "guides/activities",
      "guides/scoring",
      "guides/enrichment"
    ]
  ],
  [
    "For teams that run the server",
    [
      "guides/command-line",
      "guides/mcp",
      "guides/importing",
      "guides/exporting",
      "guides/jobs",
      "guides/idempotency",
      "guides/webhooks",
      "guides/privacy",
      "reliability",
      "performance",
      "scaling",
      "security"
    ]
  ],
  ["For authors of libraries", ["guides/storage-adapters", "formulas", "architecture", "contributing"]]
]

/** The sidebars by the paths that they are for: one of all, and one for each package with its modules. */
export const sidebars = (pages: ReadonlyArray<Page>): Readonly<Record<string, ReadonlyArray<Section>>> => {
  const all = navigation(pages)
  const packages = all.at(-1)?.items ?? []
  return Object.fromEntries([
    ["/", all] as const,
    ...packages.map(({ link, text }) => {
      const folder = link.slice(1, -"index".length)
      const modules = pages.filter(({ path }) => path.startsWith(folder)).map(itemOf)
      return [
        `/${folder}`,
        [{ text, items: [{ text: "All packages", link: "/readme#packages" }, ...modules] }]
      ] as const
    })
  ])
}

/**
 * The order of reading: what is written by hand in the order above and what has no place there yet, then the examples and
 * the references.
 */
export const navigation = (pages: ReadonlyArray<Page>): ReadonlyArray<Section> => {
  const byPath = new Map(pages.map((page) => [page.path, page]))
  const item = (path: string): Item => {
    const page = byPath.get(`${path}.md`)
    if (page === undefined) throw new Error(`the sidebar names ${path}, which is no page`)
    return itemOf(page)
  }
  const below = (folder: string) =>
    pages
      .map(({ path }) => path.slice(0, -".md".length))
      .filter((path) => path.startsWith(folder))
      .sort()
  const packages = below("reference/").filter((path) => /^reference\/[^/]+\/index$/.test(path))
  const placed = new Set(["index", ...written.flatMap(([, paths]) => paths)])
  const rest = below("").filter((path) => !placed.has(path) && !/^(examples|http|reference)\//.test(path))
  return [
    ...written.map(([text, paths]) => ({ text, items: paths.map(item) })),
    ...(rest.length === 0 ? [] : [{ text: "More", items: rest.map(item) }]),
    { text: "Examples", items: below("examples/").map(item) },
    { text: "HTTP API", items: ["http/index", ...below("http/").filter((path) => path !== "http/index")].map(item) },
    { text: "Library", items: packages.map(item) }
  ]
}

// internal

const itemOf = ({ markdown, path }: Page): Item => {
  const link = path.slice(0, -".md".length)
  return { text: titleOf(markdown) ?? link, link: `/${link}` }
}
