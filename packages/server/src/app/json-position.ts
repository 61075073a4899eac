// Where a text stops being JSON is found in one place, for requests as for files.
export { findJsonFault } from "../domain/json-position.ts";
