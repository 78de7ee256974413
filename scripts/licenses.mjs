import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

/**
 * The licenses of all packages that the bundles hold, one after the other.
 * @param builds what webpack tells of each; its module names are paths relative to `folder`
 */
export function renderLicenses(builds, folder) {
  const names = builds.flatMap(({ modules }) => modules.flatMap(namesOf))
  const packages = new Set(names.flatMap(name => PACKAGE_FOLDER.exec(name)?.[0] ?? []))
  return [...packages]
    .map(path => renderLicense(resolve(folder, path)))
    .sort()
    .join('\n')
}

function namesOf(module) {
  return [module.name ?? '', ...(module.modules ?? []).flatMap(namesOf)]
}

function renderLicense(path) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const file = existsSync(path) && readdirSync(path).find(entry => /^licen[cs]e/i.test(entry))
  const text = file
    ? readFileSync(join(path, file), 'utf8').replaceAll('\r\n', '\n').trim()
    : 'The package holds no license text of its own.'
  // As Git keeps them: releases attest the bytes of a rebuild, and users compare those of a checkout.
  return `${name} ${version} (${license})\n\n${text.replaceAll('\r\n', '\n')}\n`
}
