// What a person can do with a checkout: asks first where that is wanted, has it carried out, and tells what came of it.

import { Clipboard, Notification } from "@jupyterlab/apputils";
import { confirm } from "../dialogs/form";
import { askAboutPlan, type Chosen } from "../dialogs/preview";
import { pulled, pushed, synced } from "../outcomes";
import type { Need, Pulled, Pushed, Summary } from "../socket";
import type { CommandError } from "../server";
import type { IHubShare } from "../tokens";
import { split } from "../words";
import { carryOut, type Button } from "./carry_out";

/** Where the rest of the window is shown what was done. */
export interface Surroundings {
  /** Show a checkout's conflicts, or its versions, where something can. */
  show: (what: "conflicts" | "history", folder: string) => void;
  /** Show a folder in the file browser, or open a file. */
  open: (absolute: string) => Promise<void>;
}

const EVERYTHING: Chosen = { paths: null, message: "" };

/** What can be done with checkouts. */
export class Acts {
  constructor(
    readonly hubshare: IHubShare,
    private readonly around: Surroundings,
  ) {}

  /** Show what would be pushed, then push what was chosen. */
  async push(checkout: Summary): Promise<void> {
    const chosen = await this.preview("push", checkout);
    if (chosen !== null) {
      await this.pushNow(checkout, chosen);
    }
  }

  /** Show what would be pulled, then pull. */
  async pull(checkout: Summary): Promise<void> {
    if ((await this.preview("pull", checkout)) !== null) {
      await this.pullNow(checkout);
    }
  }

  /** Show what would go both ways, then pull and push. */
  async sync(checkout: Summary): Promise<void> {
    if ((await this.preview("sync", checkout)) === null) {
      return;
    }
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "sync",
      { folder: checkout.folder },
      {
        doing: trans.__("Syncing %1", checkout.project),
        done: answer => synced(answer, trans),
        buttons: answer => this.after(checkout, Object.keys(answer.conflicts).length > 0),
        failed: error => this.mayAsk(error, checkout),
      },
    );
  }

  /** Push without a further question.
   *
   * confirmed: whether the deletions in it were asked about. */
  async pushNow(checkout: Summary, chosen: Chosen = EVERYTHING, confirmed = false): Promise<void> {
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "push",
      { folder: checkout.folder, confirm: confirmed, ...chosen },
      {
        doing: trans.__("Pushing %1", checkout.project),
        done: answer => ("plan" in answer ? null : pushed(answer, trans)),
        buttons: answer => ("plan" in answer ? [] : this.afterPush(checkout, answer)),
        failed: error => this.mayAsk(error, checkout),
      },
    );
  }

  /** Pull without a further question. */
  async pullNow(checkout: Summary, confirmed = false): Promise<void> {
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "pull",
      { folder: checkout.folder, confirm: confirmed },
      {
        doing: trans.__("Pulling %1", checkout.project),
        done: answer => ("plan" in answer ? null : pulled(answer, trans)),
        buttons: answer => ("plan" in answer ? [] : this.afterPull(checkout, answer)),
        failed: error => this.mayAsk(error, checkout),
      },
    );
  }

  /** Have a checkout be kept in sync by itself, or not any more. */
  async setAuto(checkout: Summary, on: boolean): Promise<void> {
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "auto",
      { folder: checkout.folder, on },
      {
        doing: on ? trans.__("Switching auto on") : trans.__("Switching auto off"),
        done: answer => ({
          kind: "success",
          conflicts: false,
          message:
            answer.mode === "auto"
              ? trans.__("%1 now syncs automatically.", checkout.project)
              : trans.__("%1 now syncs manually.", checkout.project),
        }),
      },
    );
  }

  /** Ask, then stop tracking a folder; its files stay. */
  async unlink(checkout: Summary): Promise<void> {
    const { trans } = this.hubshare;
    const words = trans.__(
      "The files stay in %1, and the project stays at the Hub. Nothing is pushed or pulled any more.",
      checkout.folder,
    );
    if (await confirm(trans.__("Unlink %1?", checkout.project), words, trans.__("Unlink"), trans)) {
      await carryOut(
        this.hubshare,
        "unlink",
        { folder: checkout.folder },
        {
          doing: trans.__("Unlinking %1", checkout.project),
          done: answer => {
            const message = trans.__("Unlinked %1: its files stay where they are.", answer.folder);
            return { kind: "success", message, conflicts: false };
          },
        },
      );
    }
  }

  /** Answer a question about deletions: say what would be deleted, and do it, bring the files back, or leave it. */
  async answerQuestion(checkout: Summary): Promise<void> {
    const { trans } = this.hubshare;
    const mine = checkout.question !== "pull";
    const title = mine
      ? trans.__("Delete these files for everybody?")
      : trans.__("Delete these files here, as others did?");
    if (await confirm(title, checkout.reason, trans.__("Delete"), trans)) {
      await (mine ? this.pushNow(checkout, EVERYTHING, true) : this.pullNow(checkout, true));
    }
  }

  /** Bring back what was deleted here and is still published. */
  async bringBack(checkout: Summary): Promise<void> {
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "restore",
      { folder: checkout.folder, path: "." },
      {
        doing: trans.__("Bringing files of %1 back", checkout.project),
        done: answer => {
          const count = answer.restored?.length ?? 0;
          const message = trans._n("Brought %1 file back.", "Brought %1 files back.", count);
          return { kind: "success", message, conflicts: false };
        },
      },
    );
  }

  /** Take a push back: the version before it is published again, and brought here. */
  async undo(checkout: Summary, version: number): Promise<void> {
    const { trans } = this.hubshare;
    await carryOut(
      this.hubshare,
      "undo",
      { folder: checkout.folder, version },
      {
        doing: trans.__("Undoing version %1 of %2", version, checkout.project),
        done: answer => {
          const did = trans.__(
            "%1 is as before version %2; that is version %3.",
            answer.project,
            version,
            answer.version,
          );
          return answer.fault
            ? { kind: "warning", message: `${did} ${answer.fault}`, conflicts: false }
            : { kind: "success", message: did, conflicts: false };
        },
        buttons: answer => this.after(checkout, Object.keys(answer.conflicts).length > 0),
      },
    );
  }

  private preview(kind: "push" | "pull" | "sync", checkout: Summary): Promise<Chosen | null> {
    const { project, folder, role } = checkout;
    const { server, trans } = this.hubshare;
    return askAboutPlan({ kind, project, folder, reads: role === "reader" }, server, trans);
  }

  private after(checkout: Summary, conflicts: boolean): Button[] {
    const { trans } = this.hubshare;
    const what = conflicts ? "conflicts" : "history";
    return [{ label: trans.__("Show"), does: () => this.around.show(what, checkout.folder) }];
  }

  private afterPush(checkout: Summary, answer: Pushed): Button[] {
    if (answer.status === "nothing") {
      return [];
    }
    const { trans } = this.hubshare;
    const show = this.after(checkout, Object.keys(answer.conflicts).length > 0);
    const undo = { label: trans.__("Undo"), does: () => void this.undo(checkout, answer.version) };
    return answer.version > 1 && answer.pushed > 0 ? [...show, undo] : show;
  }

  private afterPull(checkout: Summary, answer: Pulled): Button[] {
    const conflicts = Object.keys(answer.conflicts).length > 0;
    return conflicts || answer.written.length > 0 ? this.after(checkout, conflicts) : [];
  }

  /** Ask about deletions, if that is what a command stopped at; return whether it was. */
  private mayAsk(error: CommandError, checkout: Summary): boolean {
    if (error.asks === null) {
      return false;
    }
    void this.answerQuestion({ ...checkout, paused: error.message, ...error.asks });
    return true;
  }

  /** Put the link of a project's page into the clipboard. */
  copyLink(project: string): void {
    const { trans } = this.hubshare;
    Clipboard.copyToSystem(this.page(project));
    Notification.success(trans.__("Copied the link of %1.", project), { autoClose: 4000 });
  }

  /** Return the address of a project's page; of all of them if none is named. */
  page(project = ""): string {
    const pages = this.hubshare.state.hello?.pages ?? "";
    const base = new URL(pages.endsWith("/") ? pages : `${pages}/`, window.location.href).href;
    if (project === "") {
      return base;
    }
    const { owner, name } = split(project);
    return `${base}projects/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  }

  /** Open the page of shared servers in another tab: who asks, whose one may use, and the projects there. */
  openServers(): void {
    this.openOwn("servers");
  }

  /** Open the page where one does something about what one was told. */
  openTold(need: Need): void {
    this.openOwn(need.page);
  }

  /** Open a page in another tab, by its path below HubShare's pages, unquoted. */
  openOwn(path: string): void {
    const quoted = path.split("/").map(encodeURIComponent).join("/");
    window.open(this.page() + quoted, "_blank", "noopener");
  }

  /** Say that one has read what one was told; the panel hears of it as of any other change. */
  async markRead(need: Need): Promise<void> {
    const { server, trans } = this.hubshare;
    try {
      await server.call("read", { number: need.number });
    } catch (error) {
      Notification.error(error instanceof Error ? error.message : trans.__("That did not work."));
    }
  }

  /** Open the page of a project in another tab. */
  openPage(project = ""): void {
    window.open(this.page(project), "_blank", "noopener");
  }

  /** Show a folder in the file browser, or open a file. */
  open(absolute: string): Promise<void> {
    return this.around.open(absolute);
  }

  /** Show a checkout's conflicts, or its versions. */
  show(what: "conflicts" | "history", folder: string): void {
    this.around.show(what, folder);
  }
}
