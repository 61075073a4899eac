import type { DeliveryView } from "../engine/engine.ts";
import { csvLine } from "./csv.ts";
import { deliveryView } from "./views/delivery-view.ts";

export type ExportFormat = "csv" | "json";

/** The columns of the CSV export, in order. */
export const exportColumns = [
  "recipient",
  "state",
  "attempts",
  "code",
  "activityId",
  "conversationId",
  "updatedAt",
  "detail",
  "resent",
  "changeKind",
  "changeState",
  "changeCode",
] as const;

/**
 * Every delivery as text, written page by page as it is read, so that one page is in memory at a time. Where the pages break
 * off, so does the stream, and `onFailure` is told: half an export is never taken for a whole one.
 */
export function exportStream(
  pages: AsyncIterable<readonly DeliveryView[]>,
  format: ExportFormat,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const pieces = format === "csv" ? csvPieces(pages) : jsonPieces(pages);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (error) {
          onFailure(error);
          throw error;
        }
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    // Nothing is read before somebody asks for it.
    { highWaterMark: 0 },
  );
}

async function* csvPieces(
  pages: AsyncIterable<readonly DeliveryView[]>,
): AsyncGenerator<string, void, undefined> {
  yield csvLine(exportColumns);
  for await (const page of pages) {
    if (page.length > 0) yield page.map(csvRow).join("");
  }
}

function csvRow(delivery: DeliveryView): string {
  const { change, ...rest } = deliveryView(delivery);
  const { kind = null, state = null, code = null } = change ?? {};
  const view = { ...rest, changeKind: kind, changeState: state, changeCode: code };
  return csvLine(exportColumns.map((column) => String(view[column] ?? "")));
}

async function* jsonPieces(
  pages: AsyncIterable<readonly DeliveryView[]>,
): AsyncGenerator<string, void, undefined> {
  let before = "[\n";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield before + page.map((delivery) => JSON.stringify(deliveryView(delivery))).join(",\n");
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}
