/** When Teams said what stands in the directory, by its own clock. */
export const said = `
ALTER TABLE people ADD COLUMN install_said_at INTEGER;
ALTER TABLE people ADD COLUMN chat_said_at INTEGER;
ALTER TABLE conversations ADD COLUMN said_at INTEGER;
ALTER TABLE teams ADD COLUMN install_said_at INTEGER;
ALTER TABLE teams ADD COLUMN said_at INTEGER;
ALTER TABLE channels ADD COLUMN said_at INTEGER;
`;
