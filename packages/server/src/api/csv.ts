/** One line of CSV as RFC 4180 has it, with its line end. Cells that a spreadsheet would take for a formula are made plain text. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * One cell. A text that begins like a formula gets a leading apostrophe, which spreadsheets read as "this is text"; without it,
 * whoever chose the text could run a formula on the reader's machine.
 */
export function csvCell(text: string): string {
  const isFormula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  // Other separators are quoted as well, because some spreadsheets cut at them.
  return isFormula || /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
