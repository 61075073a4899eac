/**
 * How long a lane may be without anybody who works on it. The figures stand together, because they mean something only
 * together.
 *
 * A holder renews its lease with every turn, and takes a turn every {@link renewMs} at the latest. Everybody else looks at the
 * lanes every {@link lookMs}, and takes one whose holder has been silent: it took no turn in {@link silentLooks} looks in a row.
 * Looks are counted, and no instants are compared, so that neither a clock that steps nor two machines whose clocks differ takes a
 * lane from a holder that works. The holder for its part lets no request start {@link startsForMs} after it last renewed: a window
 * of the platform before another may take its lane, so that the two never exceed it together.
 *
 * | after a `kill -9` of the holder | at most |
 * | --- | --- |
 * | until somebody sees its last turn | `lookMs` = 500 ms |
 * | until that turn was the last for so long | `leaseMs` = 3,500 ms |
 * | to take the lane, recover what was in flight, and claim | 500 ms |
 * | together | 4,500 ms, half a second less than the 5 s that are promised |
 *
 * A healthy holder may stand still for `leaseMs - renewMs` = 2,500 ms (a full disk, a pause of its machine, a locked database)
 * before another takes its lane and sends again what it had in flight. A holder whose process has certainly ended is not
 * waited for: see `Processes`.
 */
export const leaseMs = 3_500;
export const renewMs = 1_000;
export const startsForMs = leaseMs - 1_010;
export const lookMs = 500;

/** In so many looks the last turn was the same: the first look, and one for each `lookMs` of the lease. */
export const silentLooks = 1 + Math.ceil(leaseMs / lookMs);
