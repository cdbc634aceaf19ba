// A command's answer is read line by line: progress as it comes, then the result, or why there is none.

import { ServerConnection } from "@jupyterlab/services";
import { describe, expect, it } from "vitest";
import { CommandError, Server } from "../src/server";

/** A server whose answer comes in these pieces. */
function answering(pieces: string[], status = 200): { server: Server; asked: Request[] } {
  const asked: Request[] = [];
  const fetch = (info: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(info, init);
    asked.push(request);
    if (request.signal.aborted) {
      return Promise.reject(new DOMException("aborted", "AbortError"));
    }
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        pieces.forEach(piece => controller.enqueue(new TextEncoder().encode(piece)));
        controller.close();
      },
    });
    return Promise.resolve(new Response(body, { status }));
  };
  const settings = ServerConnection.makeSettings({ baseUrl: "http://lab.test/user/alice/", fetch, Request });
  return { server: new Server(settings), asked };
}

describe("a command", () => {
  it("tells its progress and gives its result, however the lines are cut", async () => {
    const { server, asked } = answering([
      '{"progress":["pa',
      'ck",1,2]}\n{"progress":["pack",2,2]}\n{"result":',
      '{"pid":7}}',
    ]);
    const told: unknown[] = [];
    const answer = await server.call("ping", {}, { onProgress: (...step) => told.push(step) });
    expect(answer).toEqual({ pid: 7 });
    expect(told).toEqual([
      ["pack", 1, 2],
      ["pack", 2, 2],
    ]);
    expect(asked[0]?.method).toBe("POST");
    expect(asked[0]?.url).toMatch(/^http:\/\/lab\.test\/user\/alice\/hubshare\/command\/ping(\?|$)/);
  });

  it("fails with the words of the agent", async () => {
    const { server } = answering(['{"error":{"code":"forbidden","message":"You may read, not write."}}\n']);
    await expect(server.call("push", {})).rejects.toEqual(new CommandError("forbidden", "You may read, not write."));
  });

  it("says which command answers a question about deletions, whatever its words are", async () => {
    const { server } = answering([
      '{"error":{"code":"paused","message":"Supprimer ?","question":"pull","reason":"12 fichiers"}}\n',
    ]);
    const said = await server.call("pull", {}).catch((error: unknown) => error);
    expect(said).toMatchObject({ code: "paused", asks: { question: "pull", reason: "12 fichiers" } });
    const plain = answering(['{"error":{"code":"paused","message":"run `hubshare push --confirm`"}}\n']);
    expect(await plain.server.call("push", {}).catch((error: unknown) => error)).toMatchObject({ asks: null });
  });

  it("fails when it is cut off, and when it was refused before it began", async () => {
    await expect(answering(['{"progress":["pack",1,2]}\n']).server.call("push", {})).rejects.toThrow(
      "The connection ended before there was an answer.",
    );
    const refused = answering(['{"message":"Who are you?"}'], 403);
    await expect(refused.server.call("push", {})).rejects.toThrow("Who are you?");
  });

  it("is cancelled by aborting it", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(answering([]).server.call("push", {}, { signal: stop.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
