/**
 * The site. Its pages are written to `.cache/site` by scripts/site.ts before this is read; a link to a page that there is
 * not ends the build.
 */
import { readFileSync } from "node:fs"
import { defineConfig } from "vitepress"
import { slugOf } from "../../scripts/site/markdown.ts"

const pages = new URL("../../.cache/site/", import.meta.url)

export default defineConfig({
  title: "Clientele",
  description: "A CRM as a library: inside your process, on your database, in your transactions.",
  lang: "en",
  srcDir: "../.cache/site",
  srcExclude: ["public/**"],
  cacheDir: "../.cache/vitepress",
  outDir: "../.cache/site-dist",
  // The index of the search is one file.
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  cleanUrls: true,
  metaChunk: true,
  markdown: {
    // Pages are text: a `<` in one is a `<`.
    html: false,
    anchor: { slugify: slugOf }
  },
  themeConfig: {
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Guides", link: "/guides/embedding" },
      { text: "HTTP API", link: "/http/" },
      { text: "Library", link: "/reference/core/" }
    ],
    sidebar: JSON.parse(readFileSync(new URL("navigation.json", pages), "utf8")),
    outline: [2, 3],
    search: { provider: "local" },
    docFooter: { prev: "Before", next: "Next" }
  }
})
