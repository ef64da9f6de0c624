/**
 * Writes the site's pages, and `llms.txt` for programs, to `.cache/site`, from which VitePress builds it:
 *
 *     node scripts/site.ts && vitepress build docs
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Llms from "./site/llms.ts"
import { navigation, sidebars } from "./site/navigation.ts"
import { pages, pictures } from "./site/pages.ts"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const target = join(root, ".cache/site")

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(target, path)), { recursive: true })
  writeFileSync(join(target, path), text)
}

rmSync(target, { recursive: true, force: true })
const all = pages(root)
const sections = navigation(all)
for (const { markdown, path } of all) write(path, markdown)
for (const file of pictures(root)) cpSync(join(root, file), join(target, file.slice("docs/".length)))
write("navigation.json", JSON.stringify(sidebars(all)))

// The pages lie beside their HTML as they are, which is what llms.txt links to.
for (const { markdown, path } of all) write(join("public", path), markdown)
write(
  "public/llms.txt",
  Llms.index(
    "A CRM as a library: contacts, deals, lead scoring and reports inside your process, on SQLite or Postgres, with an HTTP API.",
    sections,
    all
  )
)
write("public/llms-full.txt", Llms.full(sections, all))
