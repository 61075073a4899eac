/** A control was asked for something that is not there or cannot be. `status` is the HTTP status of the control API. */
export class ControlError extends Error {
  readonly status: 400 | 404 | 409;
  constructor(status: 400 | 404 | 409, message: string) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}
