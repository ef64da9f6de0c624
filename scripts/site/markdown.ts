/**
 * What the site and its tests need to know of Markdown: links, headings and fenced code, told apart as readers do. Text
 * in fences is never taken for prose.
 */

export interface Fence {
  readonly language: string
  readonly code: string
  /** Of its first line of code, from 1. */
  readonly line: number
}

export interface Link {
  readonly href: string
  readonly line: number
}

/** The fenced blocks, in order. */
export const fences = (markdown: string): ReadonlyArray<Fence> =>
  [...markdown.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms)].map(({ 1: language = "", 2: code = "", index }) => ({
    language,
    code,
    line: lineAt(markdown, index) + 1
  }))

/** The links and images outside of fences. */
export const links = (markdown: string): ReadonlyArray<Link> =>
  [...prose(markdown).matchAll(link)].map(({ 3: href = "", index }) => ({ href, line: lineAt(markdown, index) }))

/** Gives every link another target; a link without one becomes its text. */
export const relink = (markdown: string, target: (href: string) => string | undefined): string => {
  let at = 0
  let text = ""
  for (const { 0: whole, 1: image = "", 2: label = "", 3: href = "", index } of prose(markdown).matchAll(link)) {
    const to = target(href)
    text += markdown.slice(at, index) + (to === undefined ? label : `${image}[${label}](${to})`)
    at = index + whole.length
  }
  return text + markdown.slice(at)
}

/** The fragments by which a page's headings can be linked to, spelled as repository hosts spell them. */
export const anchors = (markdown: string): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const [, heading = ""] of prose(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = slugOf(heading)
    let free = slug
    for (let count = 1; found.has(free); count++) free = `${slug}-${count}`
    found.add(free)
  }
  return found
}

/** The fragment of a heading. */
export const slugOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/** The text of the first heading of level one. */
export const titleOf = (markdown: string): string | undefined => /^# +(.+?) *$/m.exec(prose(markdown))?.[1]

// internal

const link = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length

/** The same text with every character of a fence blanked out, so that positions stay. */
const prose = (markdown: string): string =>
  markdown.replaceAll(/^```.*?^```$/gms, (fence) => fence.replaceAll(/[^\n]/g, " "))
