import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filesBelow } from '../runner/file-snapshot.ts'

/** The folder that the steps of a job share. */
export class JobFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'soak-'))
  readonly home = join(this.path, 'home')
  /** RUNNER_TEMP. */
  readonly temp = join(this.path, 'temp')
  readonly config = join(this.home, '.aws', 'config')
  readonly credentials = join(this.home, '.aws', 'credentials')

  /** The files that are there, but for the runner's own. */
  files(): readonly string[] {
    const ofTheRunner = [join(this.temp, '_runner_file_commands'), join(this.temp, 'event.json')]
    return filesBelow(this.path).filter(path => !ofTheRunner.some(own => path.startsWith(own)))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
