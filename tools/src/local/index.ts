export { CommandError, type CommandOptions, runCommand } from './command.js';
export { type GoProgram, goProgram, serversHome } from './go-program.js';
export { readCommandLine, runMain } from './in-terminal.js';
export { Reaper } from './reaper.js';
