/** The site for programs that read text, as llmstxt.org describes it: a list of the pages, and all of them in one file. */
import { titleOf } from "./markdown.ts"
import type { Section } from "./navigation.ts"
import type { Page } from "./pages.ts"

/** `llms.txt`: what this is, then a link and a line for every page. */
export const index = (summary: string, sections: ReadonlyArray<Section>, pages: ReadonlyArray<Page>): string => {
  const byLink = linked(pages)
  const lists = sections.map(({ items, text }) =>
    [`## ${text}`, "", ...items.map((item) => line(item, byLink.get(item.link)))].join("\n")
  )
  return ["# Clientele", `> ${summary}`, ...lists, ""].join("\n\n")
}

/** `llms-full.txt`: the pages that are written by hand and the HTTP API, one after the other. */
export const full = (sections: ReadonlyArray<Section>, pages: ReadonlyArray<Page>): string => {
  const byLink = linked(pages)
  return sections
    .flatMap(({ items }) => items)
    .flatMap(({ link }) => byLink.get(link)?.markdown.trimEnd() ?? [])
    .join("\n\n")
    .concat("\n")
}

// internal

/** Pages by the links that lead to them. */
const linked = (pages: ReadonlyArray<Page>): ReadonlyMap<string, Page> =>
  new Map(pages.map((page) => [`/${page.path.slice(0, -".md".length)}`, page]))

const line = ({ link, text }: Section["items"][number], page: Page | undefined): string => {
  const about = page === undefined ? undefined : openingOf(page.markdown)
  return `- [${text}](${link}.md)${about === undefined ? "" : `: ${about}`}`
}

/** The first sentence of the first paragraph below the title. */
const openingOf = (markdown: string): string | undefined => {
  if (titleOf(markdown) === undefined) return undefined
  const paragraphs = markdown
    .replaceAll(/^```.*?^```$/gms, "")
    .split(/\n{2,}/)
    .slice(1)
  const first = paragraphs.find((text) => /^[\p{L}\p{N}`]/u.test(text))?.replaceAll("\n", " ")
  return first
    ?.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .match(/^.+?[.:](?=\s|$)/)?.[0]
    .replace(/:$/, ".")
}
