// Calling the server extension: commands of the agent, and what it tells by itself.

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { Commands, Event, Summary } from "./socket";

/** The name of a command. */
export type CommandName = keyof Commands;
/** What a command takes. */
export type Arguments<Name extends CommandName> = Commands[Name]["arguments"];
/** What a command gives. */
export type Answer<Name extends CommandName> = Commands[Name]["answer"];
/** Told while a command is under way: what is done, how far it is, and of how much; 0 if that is not known. */
export type OnProgress = (what: string, done: number, total: number) => void;

/** What is asked about deletions. */
export type Asks = Pick<Summary, "question" | "reason">;

/** A command did not do what was asked: why, in words for people, and a code. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What it asks about deletions, and which command with `confirm` says yes; null if it asks nothing. */
    readonly asks: Asks | null = null,
  ) {
    super(message);
    this.name = "CommandError";
  }
}

interface CallOptions {
  onProgress?: OnProgress | undefined;
  /** Aborting it cancels the command. */
  signal?: AbortSignal | undefined;
}

/** Calls commands. */
export interface Caller {
  call<Name extends CommandName>(command: Name, args: Arguments<Name>, options?: CallOptions): Promise<Answer<Name>>;
}

type Line =
  | { progress: [string, number, number] }
  | { result: unknown }
  | { error: { code: string; message: string } & Partial<Asks> };

const UNREACHABLE = "unreachable";

/** The server extension of this JupyterLab. */
export class Server implements Caller {
  constructor(private readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  /** Have the agent carry a command out.
   *
   * Throws a CommandError, also where the server cannot be reached; its code is `cancelled` after an abort. */
  async call<Name extends CommandName>(
    command: Name,
    args: Arguments<Name>,
    options: CallOptions = {},
  ): Promise<Answer<Name>> {
    const url = URLExt.join(this.settings.baseUrl, "hubshare", "command", command);
    const request = { method: "POST", body: JSON.stringify(args), signal: options.signal ?? null };
    try {
      const response = await ServerConnection.makeRequest(url, request, this.settings);
      if (!response.ok) {
        throw await refusal(response);
      }
      for await (const line of lines(response)) {
        const said = JSON.parse(line) as Line;
        if ("progress" in said) {
          options.onProgress?.(...said.progress);
        } else if ("error" in said) {
          const { code, message, question, reason } = said.error;
          throw new CommandError(code, message, question ? { question, reason: reason ?? message } : null);
        } else {
          return said.result as Answer<Name>;
        }
      }
    } catch (error) {
      if (options.signal?.aborted) {
        throw new CommandError("cancelled", "Cancelled.");
      }
      throw error instanceof CommandError ? error : new CommandError(UNREACHABLE, words(error));
    }
    throw new CommandError(UNREACHABLE, "The connection ended before there was an answer.");
  }

  /** Open the stream of events.
   *
   * onEvent is called for each event, onEnd once: when the connection has ended, or could not be made. Returns what closes it. */
  listen(onEvent: (event: Event) => void, onEnd: () => void): () => void {
    const address = new URL(URLExt.join(this.settings.wsUrl, "hubshare", "events"), window.location.href);
    if (this.settings.appendToken && this.settings.token) {
      address.searchParams.set("token", this.settings.token);
    }
    const socket = new this.settings.WebSocket(address.href);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      for (const line of data.split("\n").filter(Boolean)) {
        onEvent(JSON.parse(line) as Event);
      }
    };
    socket.onclose = onEnd;
    return () => {
      socket.onmessage = socket.onclose = null;
      socket.close();
    };
  }
}

/** Why the server extension did not even begin. */
async function refusal(response: Response): Promise<CommandError> {
  const text = await response.text();
  try {
    const said = JSON.parse(text.split("\n")[0] ?? "") as {
      error?: { code: string; message: string };
      message?: string;
    };
    if (said.error) {
      return new CommandError(said.error.code, said.error.message);
    }
    return new CommandError(String(response.status), said.message ?? response.statusText);
  } catch {
    return new CommandError(String(response.status), response.statusText);
  }
}

/** The lines of an answer, as they arrive. */
async function* lines(response: Response): AsyncGenerator<string> {
  if (response.body === null) {
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const parts = rest.split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter(Boolean);
    if (done) {
      if (rest) {
        yield rest;
      }
      return;
    }
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
