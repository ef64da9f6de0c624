/** Links between the documents lead somewhere: to a file or folder that exists, and in it to a heading that exists. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import * as Llms from "../../scripts/site/llms.ts"
import { anchors, links, relink } from "../../scripts/site/markdown.ts"
import { navigation } from "../../scripts/site/navigation.ts"
import { pages } from "../../scripts/site/pages.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const documents = ["*.md", "docs/**/*.md", "packages/*/README.md", "examples/*/README.md"].flatMap((pattern) =>
  globSync(pattern, { cwd: root })
)

/** The links of a document that are dead, each with its line. */
const dead = (file: string, markdown: string): ReadonlyArray<string> =>
  links(markdown).flatMap(({ href, line }) => {
    // Pages of the site alone, and other people's.
    if (/^(\/|[a-z]+:)/.test(href)) return []
    const [path = "", fragment] = href.split("#")
    const target = path === "" ? join(root, file) : join(root, dirname(file), decodeURIComponent(path))
    const page = existsSync(target) && statSync(target).isDirectory() ? join(target, "README.md") : target
    const isThere = existsSync(target) && (fragment === undefined || anchors(readFileSync(page, "utf8")).has(fragment))
    return isThere ? [] : [`${file}:${line}: ${href}`]
  })

describe("the documents", () => {
  it("have no dead links among them", () => {
    const texts = documents.map((file) => [file, readFileSync(join(root, file), "utf8")] as const)
    assert.isAbove(texts.flatMap(([, text]) => links(text)).length, 100)
    assert.deepStrictEqual(
      texts.flatMap(([file, text]) => dead(file, text)),
      []
    )
  })

  it("would show one", () => {
    const text =
      "# A `b`\n\n[one](README.md) [two](#a-b) [three](no.md) [four](README.md#no)\n```md\n[five](no.md)\n```\n"
    assert.deepStrictEqual(dead("X.md", text.replace("[two](#a-b) ", "")), ["X.md:3: no.md", "X.md:3: README.md#no"])
    assert.deepStrictEqual([...anchors(text)], ["a-b"])
  })

  it("keep their text when links are given another target, or none", () => {
    const text = "[one](a.md), ![two](b.svg) and [three [x]](c.md)\n"
    assert.strictEqual(
      relink(text, (href) => href),
      text
    )
    assert.strictEqual(
      relink(text, () => undefined),
      "one, two and three [x]\n"
    )
  })
})

describe("the site", () => {
  const all = pages(root)

  it("has no dead links, and a way to every page", () => {
    const headings = new Map(all.map(({ markdown, path }) => [`/${path}`, anchors(markdown)]))
    const dead = all.flatMap(({ markdown, path }) =>
      links(markdown).flatMap(({ href }) => {
        const [page = "", fragment] = (href.startsWith("#") ? `/${path}${href}` : href).split("#")
        if (!page.endsWith(".md") || /^[a-z]+:/.test(page)) return []
        const found = headings.get(page)
        return found !== undefined && (fragment === undefined || found.has(fragment)) ? [] : [`${path}: ${href}`]
      })
    )
    assert.deepStrictEqual(dead, [])
    assert.isAbove(navigation(all).flatMap(({ items }) => items).length, 50)
  })

  it("tells programs of every page that a reader is led to", () => {
    const sections = navigation(all)
    const hrefs = links(Llms.index("A summary.", sections, all)).map(({ href }) => href)
    assert.deepStrictEqual(
      hrefs,
      sections.flatMap(({ items }) => items.map(({ link }) => `${link}.md`))
    )
    const full = Llms.full(sections, all)
    for (const { markdown, path } of all.filter(({ path }) => hrefs.includes(`/${path}`))) {
      assert.include(full, markdown.trimEnd(), path)
    }
  })
})
