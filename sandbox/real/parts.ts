import { act } from './act.ts'
import { consumers } from './consumers/consumers.ts'
import { actionlint, cfnLint, checkJsonschema, zizmor } from './linter.ts'
import { moto } from './moto/moto.ts'
import type { Part } from './part.ts'
import { mitmproxy } from './proxies/mitmproxy.ts'
import { apache, px, squid, tinyproxy } from './proxies/tunnelling-proxies.ts'
import { sixHourJob, thousandRoles } from './soak.ts'
import { windowsPart } from './windows/windows.ts'

/** In the order of the page, lane by lane. */
export const parts: readonly Part[] = [
  act,
  windowsPart,
  ...consumers,
  moto,
  squid,
  apache,
  tinyproxy,
  px,
  mitmproxy,
  actionlint,
  zizmor,
  checkJsonschema,
  cfnLint,
  sixHourJob,
  thousandRoles,
]
