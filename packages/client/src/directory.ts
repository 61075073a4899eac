/** Whether the app is present, as far as Teams told us. */
export type InstallState = "installed" | "removed" | "unknown";

export interface Person {
  /** The Entra object id, or the `29:` id where Teams gave no object id. */
  readonly id: string;
  readonly tenantId: string;
  readonly aadObjectId: string | null;
  readonly teamsId: string | null;
  readonly userPrincipalName: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly userRole: string | null;
  readonly install: InstallState;
  /** Since when the person blocks the bot, or null. */
  readonly blockedAt: string | null;
  readonly conversationId: string | null;
  readonly serviceUrl: string | null;
  readonly updatedAt: string;
}

export interface Team {
  readonly id: string;
  readonly tenantId: string;
  readonly aadGroupId: string | null;
  readonly name: string | null;
  readonly serviceUrl: string;
  readonly install: InstallState;
  readonly archived: boolean;
  readonly updatedAt: string;
}

export interface Channel {
  readonly id: string;
  readonly teamId: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly deleted: boolean;
}
