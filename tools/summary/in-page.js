// Runs in the browser, after marked, DOMPurify and Mermaid: does with a summary what GitHub does.

const { marked, DOMPurify, mermaid } = globalThis

/** What GitHub leaves of the HTML in a document: https://github.com/gjtorikian/html-pipeline, its sanitization filter. */
const TAGS =
  'h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure figcaption abbr bdo cite dfn mark small source span time wbr'
const ATTRIBUTES =
  'abbr align alt cite class colspan datetime height href open rowspan span src srcset start title type valign width'

// Of classes GitHub keeps those that tell a block's language.
DOMPurify.addHook('uponSanitizeAttribute', (_, attribute) => {
  if (attribute.attrName === 'class' && !/^language-[\w-]+$/.test(attribute.attrValue))
    attribute.keepAttr = false
})
const isDark = matchMedia('(prefers-color-scheme: dark)').matches
mermaid.initialize({
  startOnLoad: false,
  securityLevel: 'strict',
  suppressErrorRendering: true,
  theme: isDark ? 'dark' : 'default',
})

/**
 * Shows the Markdown of a job summary. Resolves when all is drawn.
 * @param {string} markdown
 */
globalThis.showSummary = async markdown => {
  const article = document.querySelector('article')
  article.replaceChildren(
    DOMPurify.sanitize(marked.parse(markdown, { gfm: true }), {
      ALLOWED_TAGS: TAGS.split(' '),
      ALLOWED_ATTR: ATTRIBUTES.split(' '),
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    }),
  )
  for (const [index, code] of article.querySelectorAll('pre > code.language-mermaid').entries())
    code.parentElement.replaceWith(await picture(`picture-${index}`, code.textContent))
  await document.fonts.ready
}

/** The drawing, or what GitHub says in its place. */
async function picture(id, definition) {
  const box = document.createElement('div')
  box.className = 'picture'
  try {
    const { svg } = await mermaid.render(id, definition)
    box.innerHTML = svg
  } catch (error) {
    box.textContent = `Unable to render rich display: ${error.message}`
  }
  return box
}
