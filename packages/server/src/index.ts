export { ConfigError, ProblemError, StoreError } from "./domain/errors.ts";
