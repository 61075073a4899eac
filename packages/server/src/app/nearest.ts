// Near misses are judged in one place, for the API as for settings and commands.
export { nearest } from "../domain/nearest.ts";
