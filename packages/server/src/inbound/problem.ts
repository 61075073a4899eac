import { type ErrorCode, errorCodes } from "../domain/error-codes.ts";

/** An RFC 9457 problem document. It says what the error table says of the code, and nothing of the request. */
export function problem(code: ErrorCode, headers: Readonly<Record<string, string>> = {}): Response {
  const row: { readonly what: string; readonly next: string; readonly status?: number } =
    errorCodes[code];
  const status = row.status ?? 500;
  return new Response(JSON.stringify({ title: row.what, status, detail: row.next, code }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}
