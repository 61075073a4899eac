/** `POST /api/messages`, as a web-standard function: verified, stored durably, answered, and then processed. */
export interface InboundEndpoint {
  /** Answers every request, and never rejects. Does not look at the path. */
  handle(request: Request): Promise<Response>;
  /** Takes up what an earlier process stored and did not process, and goes on with what comes in. */
  start(): Promise<void>;
  /** Ends processing after the handlers that run now; what is stored and not processed waits for the next `start`. */
  stop(): Promise<void>;
  /** Resolves when everything received so far is processed: for tests, and before a planned stop. */
  drain(): Promise<void>;
}
