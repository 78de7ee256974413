/** An error in another form than STS's own. */
export type FrontEndError = { readonly code: string; readonly message: string }

/**
 * The error that AWS's front end answers with before STS itself has a say: an element of the error's name, without
 * `<Error>` around its parts, or JSON. Undefined for what AWS did not write, such as a proxy's page.
 */
export function parseFrontEndError(
  headers: Readonly<Record<string, string>> | undefined,
  body: string,
): FrontEndError | undefined {
  const { code, message } = body.trimStart().startsWith('{') ? readJson(body) : readXml(body)
  const name = nameOf(code) ?? nameOf(headers?.['x-amzn-errortype'])
  return name === undefined ? undefined : { code: name, message: typeof message === 'string' ? message : '' }
}

/** Neither a namespace before it nor an address behind it is part of the name. */
function nameOf(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined
  return /^(?:[\w.]+#)?([A-Z][A-Za-z0-9]{2,99})(?::.*)?$/.exec(code.trim())?.[1]
}

type Parts = { readonly code?: unknown; readonly message?: unknown }

function readJson(body: string): Parts {
  const answer = parse(body)
  const error = Object(answer.Error)
  return { code: error.Code ?? answer.__type, message: error.Message ?? answer.message ?? answer.Message }
}

function parse(json: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json))
  } catch {
    return {}
  }
}

const XML_ROOT = /^\s*(?:<\?xml[^>]*>\s*)?<(Error|[A-Z][A-Za-z0-9]*(?:Exception|Error|Fault))[\s/>]/

function readXml(body: string): Parts {
  const root = XML_ROOT.exec(body)?.[1]
  if (root === undefined) return {}
  return { code: root === 'Error' ? textIn('Code', body) : root, message: textIn('Message', body) }
}

function textIn(element: string, xml: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`, 'i').exec(xml)?.[1]
  return text?.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name])
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' } as const
