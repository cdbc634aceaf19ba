// Which versions of a file are compared.

/** What is compared, see the agent's command `difference`. */
export interface Compared {
  folder: string;
  path: string;
  old: string;
  new: string;
  /** What an editor holds, in place of `new`. */
  text?: string;
  /** The project whose published version, `new`, is compared with that of its origin, `old`. */
  fork?: string;
}

/** What an error says. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
