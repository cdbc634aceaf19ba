// Tells the server how the documents of this window stand, and answers before one of their files is replaced.

import { URLExt } from "@jupyterlab/coreutils";
import type { ServerConnection } from "@jupyterlab/services";

/** How a document stands. */
export type Standing = "saved" | "edited" | "shared" | "closed";

/** A document of this window, as the server asks about it. */
export interface Asked {
  readonly path: string;
  standing(): Standing;
  /** Save nothing until `thaw`; return false if there are unsaved edits. */
  freeze(): boolean;
  /** Take in what is on disk. */
  thaw(): Promise<void>;
  /** Something newer waits for the edits to be saved, or for the document to be closed. */
  waits(deleted: boolean): void;
}

type Message = { do: "freeze" | "thaw"; id: number; path: string } | { do: "waits"; path: string; deleted: boolean };

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** The websocket `hubshare/documents`, made again whenever it ends. */
export class WindowLink {
  private readonly documents = new Set<Asked>();
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT;

  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** Speak for a document. */
  add(document: Asked): void {
    this.documents.add(document);
    if (this.socket === null) {
      this.connect();
    } else {
      this.tell(document);
    }
  }

  /** A document is closed. */
  remove(document: Asked, path = document.path): void {
    this.documents.delete(document);
    if (![...this.documents].some(other => other.path === path)) {
      this.say({ do: "stands", path, standing: "closed" });
    }
  }

  /** Say how a document stands now: as the one with edits, if it is open more than once. */
  tell(document: Asked): void {
    const all = this.at(document.path).map(other => other.standing());
    const gravest = (["edited", "saved"] as const).find(standing => all.includes(standing)) ?? document.standing();
    this.say({ do: "stands", path: document.path, standing: gravest });
  }

  private at(path: string): Asked[] {
    return [...this.documents].filter(document => document.path === path);
  }

  private connect(): void {
    const address = new URL(URLExt.join(this.settings.wsUrl, "hubshare", "documents"), window.location.href);
    if (this.settings.appendToken && this.settings.token) {
      address.searchParams.set("token", this.settings.token);
    }
    const socket = (this.socket = new this.settings.WebSocket(address.href));
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      for (const document of this.documents) {
        this.tell(document);
        // It may have been replaced while nobody could say so.
        void document.thaw();
      }
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => this.hear(JSON.parse(data) as Message);
    socket.onclose = () => {
      for (const document of this.documents) {
        void document.thaw();
      }
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
  }

  private hear(message: Message): void {
    const documents = this.at(message.path);
    if (message.do === "waits") {
      documents.forEach(document => document.waits(message.deleted));
    } else if (message.do === "freeze") {
      const edited = documents.some(document => document.standing() === "edited");
      this.say({ do: "answer", id: message.id, ready: !edited && documents.every(document => document.freeze()) });
    } else {
      void Promise.allSettled(documents.map(document => document.thaw())).then(() =>
        this.say({ do: "answer", id: message.id, ready: true }),
      );
    }
  }

  private say(message: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    }
  }
}
