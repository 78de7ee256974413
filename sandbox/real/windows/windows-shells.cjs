// Runs a profile's command on Windows as a tool does, and prints what came of it. Arguments: the tool, the command.
const { spawnSync } = require('node:child_process')

const STARTS = {
  // The SDK for JavaScript: `cmd /d /s /c "COMMAND"`.
  javascript: command => spawnSync(command, { shell: true }),
  // The SDK for Go: the command is one argument, in which quotes are escaped for a program, which cmd.exe is not.
  go: command => spawnSync('cmd.exe', ['/C', command]),
  // Those for .NET and Java: the command as it is.
  dotnet: command => spawnSync('cmd.exe', ['/c', command], { windowsVerbatimArguments: true }),
  // botocore: the words of the command, without a shell.
  botocore: words => {
    const [program, ...others] = JSON.parse(words)
    return spawnSync(program, others)
  },
}

const [tool, command] = process.argv.slice(2)
const { status, stdout, stderr, error } = STARTS[tool](command)
console.log(JSON.stringify({ exitCode: status, stdout: String(stdout), stderr: String(stderr), error }))
