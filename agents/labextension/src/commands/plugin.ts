// Registers the commands, for the palette, the menus and the panel.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { getIcon, hubshareIcon, pullIcon, pushIcon, syncIcon } from "../icons";
import type { Summary } from "../socket";
import { IActs, IHubShare } from "../tokens";
import { changePeople, invite } from "./access";
import { Acts } from "./acts";
import { tell } from "./carry_out";
import { CommandIDs } from "./ids";
import { takeFromOrigin } from "./forking";
import { askedByAddress, get } from "./getting";
import { share } from "./joining";
import { mirrors } from "./mirrors";
import { Origins } from "./origins";
import { checkoutOf, nearest, shareable, target, type CommandArguments } from "./place";

export const commandsPlugin: JupyterFrontEndPlugin<Acts> = {
  id: "hubshare-lab:commands",
  description: "What can be done with HubShare.",
  autoStart: true,
  provides: IActs,
  requires: [IHubShare],
  optional: [IDefaultFileBrowser, IDocumentManager, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    hubshare: IHubShare,
    browser: IDefaultFileBrowser | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
  ) => {
    const { state, trans } = hubshare;
    const { commands } = app;
    const chooser = {
      browser,
      state,
      onItem: () => app.contextMenuHitTest(node => node.classList.contains("jp-DirListing-item")) !== undefined,
    };
    const acts = new Acts(hubshare, {
      show: (what, folder) => {
        const command = what === "conflicts" ? CommandIDs.conflicts : CommandIDs.history;
        if (commands.hasCommand(command)) {
          void commands.execute(command, { folder });
        } else {
          const project = state.checkouts.find(one => one.folder === folder)?.project;
          acts.openPage(project);
        }
      },
      open: absolute => open(absolute),
    });

    async function open(absolute: string): Promise<void> {
      const path = state.inLab(absolute);
      if (path === null) {
        tell({ kind: "info", message: trans.__("%1 is outside of what JupyterLab shows.", absolute) }, []);
        return;
      }
      const { contents } = app.serviceManager;
      const { model, missing } = await nearest(contents, path);
      if (missing) {
        const words = trans.__("%1 is not on this server: it comes with a pull, or is not there any more.", path);
        tell({ kind: "info", message: words }, []);
      }
      if (model.type !== "directory") {
        documents?.openOrReveal(model.path);
      } else if (browser !== null) {
        // First: a listing that is drawn while it is hidden finds that it has no width, and none for the names of files.
        app.shell.activateById(browser.id);
        await browser.model.cd(`/${model.path}`);
      }
    }

    const ready = (): boolean => state.link === "connected";
    /** A command about one checkout. */
    const ofCheckout = (
      id: string,
      label: string,
      act: (checkout: Summary) => Promise<void> | void,
      more: { icon?: typeof hubshareIcon; only?: (checkout: Summary) => boolean; caption?: string } = {},
    ): void => {
      const about = (args: CommandArguments): Summary | null => {
        const checkout = checkoutOf(args, chooser);
        return checkout !== null && (more.only?.(checkout) ?? true) ? checkout : null;
      };
      commands.addCommand(id, {
        label,
        caption: more.caption ?? "",
        ...(more.icon ? { icon: more.icon } : {}),
        isEnabled: args => ready() && about(args) !== null,
        isVisible: args => args["isPalette"] === true || about(args) !== null,
        execute: args => {
          const checkout = about(args);
          return checkout === null ? undefined : act(checkout);
        },
      });
    };

    const reaches = (one: Summary): boolean => one.lost === null;
    const writes = (one: Summary): boolean => one.role !== "reader" && reaches(one);
    const origins = new Origins(hubshare.server, () => commands.notifyCommandChanged(CommandIDs.origin));
    ofCheckout(CommandIDs.push, trans.__("Push…"), one => acts.push(one), { icon: pushIcon, only: writes });
    ofCheckout(CommandIDs.pull, trans.__("Pull…"), one => acts.pull(one), { icon: pullIcon, only: reaches });
    ofCheckout(CommandIDs.sync, trans.__("Sync…"), one => acts.sync(one), { icon: syncIcon, only: writes });
    ofCheckout(CommandIDs.pages, trans.__("Open in HubShare"), one => acts.openPage(one.project));
    ofCheckout(CommandIDs.copyLink, trans.__("Copy Link of the Project"), one => acts.copyLink(one.project));
    ofCheckout(CommandIDs.origin, trans.__("Updates from the Origin…"), one => takeFromOrigin(acts, one), {
      only: one => writes(one) && origins.has(one.project),
      caption: trans.__("Review and take updates from where this project comes from, another project or the internet"),
    });
    const manages = (one: Summary): boolean => (one.role === "owner" || one.role === "admin") && reaches(one);
    ofCheckout(CommandIDs.people, trans.__("People…"), one => changePeople(acts, one.project), { only: manages });
    ofCheckout(CommandIDs.invite, trans.__("Invite by Link…"), one => invite(acts, one.project), { only: manages });
    ofCheckout(CommandIDs.mirrors, trans.__("Mirrors…"), one => mirrors(acts, one.project), {
      only: manages,
      caption: trans.__("The git repositories elsewhere that the project is pushed to"),
    });
    ofCheckout(CommandIDs.unlink, trans.__("Unlink…"), one => acts.unlink(one), {
      caption: trans.__("Stop tracking this folder; its files stay"),
    });
    ofCheckout(CommandIDs.openFolder, trans.__("Show Folder"), one => acts.open(one.folder));

    commands.addCommand(CommandIDs.auto, {
      label: trans.__("Sync Automatically"),
      isToggleable: true,
      isToggled: args => checkoutOf(args, chooser)?.mode === "auto",
      isEnabled: args => ready() && checkoutOf(args, chooser) !== null,
      isVisible: args => args["isPalette"] === true || checkoutOf(args, chooser) !== null,
      execute: args => {
        const checkout = checkoutOf(args, chooser);
        return checkout === null ? undefined : acts.setAuto(checkout, checkout.mode !== "auto");
      },
    });
    commands.addCommand(CommandIDs.share, {
      label: args => (args["isPalette"] === true ? trans.__("Share This Folder…") : trans.__("Share…")),
      icon: hubshareIcon,
      isEnabled: args => ready() && shareable(args, chooser) !== null,
      isVisible: args => args["isPalette"] === true || checkoutOf(args, chooser) === null,
      execute: args => {
        const folder = shareable(args, chooser);
        return folder === null ? undefined : share(acts, folder);
      },
    });
    /** The folder that what is got lies in. */
    const into = (args: CommandArguments): string => {
      const cwd = typeof args["cwd"] === "string" ? state.absolute(args["cwd"]) : target({ shown: true }, chooser);
      const shown = cwd ?? state.hello?.root ?? "";
      // Not inside of another checkout.
      return state.place(shown) === null ? shown : (state.hello?.root ?? shown);
    };
    commands.addCommand(CommandIDs.get, {
      label: args =>
        args["isLauncher"] === true ? trans.__("Check out a shared project") : trans.__("Check Out a Shared Project…"),
      caption: trans.__("Bring a project that others share to this server"),
      icon: args => (args["isPalette"] === true ? undefined : args["isLauncher"] === true ? hubshareIcon : getIcon),
      isEnabled: () => ready(),
      execute: args => get(acts, typeof args["text"] === "string" ? args["text"] : "", into(args)),
    });
    commands.addCommand(CommandIDs.internet, {
      label: trans.__("Import from the Internet…"),
      caption: trans.__(
        "Make a project of what a link leads to: a git repository, an archive, a notebook, published data",
      ),
      isEnabled: () => ready(),
      execute: args => get(acts, "", into(args), true),
    });

    for (const id of Object.values(CommandIDs)) {
      if (commands.hasCommand(id)) {
        palette?.addItem({ command: id, category: trans.__("HubShare"), args: { isPalette: true } });
      }
    }
    launcher?.add({ command: CommandIDs.get, category: trans.__("Other"), rank: 9, args: { isLauncher: true } });
    state.changed.connect(() => commands.notifyCommandChanged());

    const text = askedByAddress(window.location.href);
    if (text !== null) {
      const ask = (): void => {
        if (ready()) {
          state.changed.disconnect(ask);
          const address = new URL(window.location.href);
          address.searchParams.delete("hubshare");
          window.history.replaceState(null, "", address.href);
          void commands.execute(CommandIDs.get, { text, cwd: "" });
        }
      };
      // What JupyterLab puts back at its start would hide what is shown before.
      void app.restored.then(() => {
        state.changed.connect(ask);
        ask();
      });
    }
    return acts;
  },
};
