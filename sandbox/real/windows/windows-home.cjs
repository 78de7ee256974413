// Loaded before a step's script: Wine sets this variable itself, whatever a process is started with.
process.env.USERPROFILE = process.env.SANDBOX_HOME
delete process.env.SANDBOX_HOME
