import { type DefaultTheme, defineConfig } from "vitepress"
import { configure } from "./markdown.js"
import { referencePages, repository, rewrites, slug } from "./places.js"

const items = (pages: Readonly<Record<string, string>>): Array<DefaultTheme.SidebarItem> =>
  Object.entries(pages).map(([link, text]) => ({ link, text }))

const tasks = items({
  "/tasks/quick-start": "Quick start",
  "/tasks/contact-form": "A contact form",
  "/tasks/password-reset": "A password reset",
  "/tasks/invoice": "An invoice with a file",
  "/tasks/newsletter": "A newsletter",
  "/tasks/nightly-report": "A nightly report",
  "/tasks/invitation": "A calendar invitation",
  "/tasks/html-and-images": "Html with images",
  "/tasks/templates": "Templates",
  "/tasks/several-mailers": "Several mailers",
  "/tasks/staging": "Staging",
  "/tasks/production": "From development to production",
  "/tasks/retries": "Errors and retries"
})

const guides = items({
  "/smtp": "SMTP",
  "/providers": "Providers over HTTP",
  "/settings": "All settings",
  "/errors": "All errors",
  "/policies": "Policies",
  "/outbox": "The outbox",
  "/content": "Content",
  "/unsubscribe": "Unsubscribing",
  "/bounces": "Bounces and complaints",
  "/dkim": "DKIM",
  "/testing": "Testing",
  "/inbox": "The inbox",
  "/cli": "The command line",
  "/custom-backends": "A backend of your own",
  "/observability": "Observability"
})

const judging = items({
  "/django": "From Django",
  "/nodemailer": "From nodemailer",
  "/performance": "Performance",
  "/security": "Security",
  "/quality": "How it is tested",
  "/decisions/": "Decisions",
  "/ARCHITECTURE": "Architecture",
  "/CONTRIBUTING": "Contributing",
  "/reporting": "Reporting a vulnerability",
  "/CHANGELOG": "Changes"
})

/** Pages that are mostly tables. */
const wide: ReadonlySet<string> = new Set([
  "errors.md",
  "settings.md",
  "providers.md",
  "nodemailer.md",
  "performance.md"
])

const packages = ["core", "backends", "testing", "outbox", "inbound", "content"]

const modulesOf = (name: string): DefaultTheme.SidebarItem => ({
  text: `@effect-mail/${name}`,
  collapsed: false,
  items: referencePages.filter((page) => page.package === name).map(({ link, module }) => ({ link, text: module }))
})

export default defineConfig({
  title: "effect-mail",
  description: "E-mail for Effect programs",
  lang: "en",
  srcDir: "..",
  srcExclude: [
    "README.md",
    "{packages,examples,bench,interop,outbox-kill,scripts,test,coverage,.changeset,.github,.stryker-tmp}/**"
  ],
  cacheDir: "../node_modules/.cache/vitepress",
  rewrites: { ...rewrites },
  // Nothing is fetched from elsewhere, so that the site works on a machine without a network.
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: { config: configure, anchor: { slugify: slug } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Quick start", link: "/tasks/quick-start" },
      { text: "Guides", link: "/smtp" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" }
    ],
    sidebar: {
      "/reference/": packages.map(modulesOf),
      "/": [
        { text: "This afternoon", items: tasks },
        { text: "Guides", items: guides },
        { text: "To judge it by", items: judging },
        { text: "Reference", items: [{ link: "/reference/", text: "All modules" }] }
      ]
    },
    socialLinks: [{ icon: "github", link: repository }]
  },
  transformPageData: (page) => {
    if (wide.has(page.relativePath)) return { frontmatter: { aside: false, pageClass: "wide" } }
    if (page.relativePath !== "index.md") return
    return {
      title: "effect-mail",
      titleTemplate: "E-mail for Effect programs",
      frontmatter: {
        layout: "home",
        hero: {
          name: "effect-mail",
          text: "E-mail for Effect programs",
          tagline: "For each recipient the types say: accepted, deferred, rejected, not sent, or unknown.",
          actions: [
            { theme: "brand", text: "Quick start", link: "/tasks/quick-start" },
            { theme: "alt", text: "From nodemailer", link: "/nodemailer" },
            { theme: "alt", text: "From Django", link: "/django" }
          ]
        }
      }
    }
  }
})
