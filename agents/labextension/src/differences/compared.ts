// Which versions of a file are compared.

/** What is compared, see the agent's command `difference`. */
export interface Compared {
  folder: string;
  path: string;
  old: string;
  new: string;
  /** What an editor holds, in place of `new`. */
  text?: string;
}

/** What an error says. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
