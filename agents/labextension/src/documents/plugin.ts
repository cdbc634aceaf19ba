// Has open documents keep up with what the agent puts in place.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import type { DocumentRegistry, IDocumentWidget } from "@jupyterlab/docregistry";
import { PathExt } from "@jupyterlab/coreutils";
import { DisposableDelegate } from "@lumino/disposable";
import { Signal } from "@lumino/signaling";
import { tell } from "../commands/carry_out";
import { CommandIDs } from "../commands/ids";
import type { Version } from "../socket";
import type { Place } from "../state";
import { IHubShare, IOpenDocuments } from "../tokens";
import { Announcement } from "./announcement";
import { Banner } from "./banner";
import { Conflicted } from "./conflicted";
import { type Notice, OpenDocument } from "./open_document";
import { SharedDocument } from "./shared_document";
import { busy, keepingPlace } from "./views";
import { WindowLink } from "./window_link";

type Context = DocumentRegistry.IContext<DocumentRegistry.IModel>;
/** One document may be shown by several widgets. */
interface Followed {
  document: OpenDocument | SharedDocument;
  announcement: Announcement;
  widgets: Set<IDocumentWidget>;
}

/** How long it is told that a document was updated, in milliseconds. */
const UPDATED = 4000;

/** All documents of this window. */
class Documents implements IOpenDocuments {
  readonly changed = new Signal<this, void>(this);
  private readonly followed = new Map<Context, Followed>();
  private readonly link: WindowLink;

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly hubshare: IHubShare,
  ) {
    this.link = new WindowLink(app.serviceManager.serverSettings);
    hubshare.state.written.connect((_, written) => {
      for (const { document } of this.followed.values()) {
        const { place } = document;
        if (place?.checkout.folder === written.folder && (written.everything || written.paths.includes(place.path))) {
          void document.catchUp();
        }
      }
    });
    const conflicted = new Conflicted();
    hubshare.state.changed.connect(() => {
      const over = conflicted.over(hubshare.state.checkouts);
      for (const { document } of this.followed.values()) {
        if (over.includes(document.place?.checkout.folder ?? "")) {
          document.settled();
        }
      }
    });
  }

  unsaved(folder: string, paths: readonly string[]): string[] {
    return paths.filter(path => this.at(folder, path).some(document => document.edited()));
  }

  async save(folder: string, path: string): Promise<void> {
    const edited = this.at(folder, path).filter(document => document.edited());
    if (edited.length > 1) {
      throw new Error(this.hubshare.trans.__("%1 is open more than once with edits: save one of them by hand.", path));
    }
    await edited[0]?.saveAll();
  }

  async isOnDisk(folder: string, path: string): Promise<boolean> {
    return (await Promise.all(this.at(folder, path).map(document => document.isOnDisk()))).every(Boolean);
  }

  /** Those of a file that are this window's; what people edit together is saved by the server. */
  private at(folder: string, path: string): OpenDocument[] {
    return [...this.followed.values()].flatMap(({ document }) => {
      const { place } = document;
      const there = place?.checkout.folder === folder && place.path === path;
      return there && document instanceof OpenDocument ? [document] : [];
    });
  }

  /** Follow a document that was opened. */
  add(widget: IDocumentWidget, context: Context): void {
    const known = this.followed.get(context) ?? this.follow(context);
    const { document } = known;
    const alone =
      document instanceof OpenDocument
        ? { take: () => void this.tried(document.takeTheirs()), keep: () => void this.tried(context.save()) }
        : {};
    const banner = new Banner(
      {
        ...alone,
        show: ({ place }) => void this.show(place, document.text()),
        reload: () => void this.tried(context.revert()),
        settle: ({ place }) => void this.show(place),
        close: () => widget.close(),
        follow: renamed => void this.tried(this.openRenamed(widget, context.path, document.place, renamed)),
        dismiss: () => document.dismiss(),
      },
      this.hubshare.trans,
    );
    (widget as unknown as { contentHeader: { addWidget(one: Banner): void } }).contentHeader.addWidget(banner);
    known.announcement.banners.add(banner);
    known.widgets.add(widget);
    widget.disposed.connect(() => {
      known.announcement.banners.delete(banner);
      known.widgets.delete(widget);
    });
  }

  /** Go on in the file that another one was renamed to. */
  private async openRenamed(
    widget: IDocumentWidget,
    path: string,
    place: Place | null,
    renamed: string,
  ): Promise<void> {
    if (place !== null && path.endsWith(place.path)) {
      const folder = path.slice(0, path.length - place.path.length);
      await this.app.commands.execute("docmanager:open", { path: folder + renamed });
      widget.close();
    }
  }

  private follow(context: Context): Followed {
    const announcement = new Announcement(notice =>
      Promise.all([this.newest(notice.place), notice.what === "deleted" ? this.renamed(notice.place) : ""]),
    );
    const shownBy = new Set<IDocumentWidget>();
    const widgets = (): IDocumentWidget[] => [...shownBy];
    const show = (notice: Notice | null): void => void announcement.say(notice);
    const { contents } = this.app.serviceManager;
    // Those that people edit together are the server's.
    const document =
      context.model.collaborative === true
        ? new SharedDocument(context, contents, this.hubshare, show)
        : new OpenDocument(context, contents, this.hubshare, {
            busy: () => widgets().some(busy),
            keepingPlace: change => {
              const inner = widgets().reduce<() => void>((act, widget) => () => keepingPlace(widget, act), change);
              inner();
            },
            show,
            updated: place => void this.updated(place),
          });
    const followed: Followed = { document, announcement, widgets: shownBy };
    this.followed.set(context, followed);
    let { path } = document;
    this.link.add(document);
    this.changed.emit();
    context.model.stateChanged.connect((_, { name }) => {
      if (name === "dirty") {
        this.link.tell(document);
        this.changed.emit();
      }
    });
    context.pathChanged.connect(() => {
      this.link.remove(document, path);
      ({ path } = document);
      this.link.add(document);
      // What was said was said of the file of the other name.
      document.dismiss();
    });
    context.disposed.connect(() => {
      this.followed.delete(context);
      this.link.remove(document, path);
      this.changed.emit();
    });
    return followed;
  }

  private async updated(place: Place): Promise<void> {
    const { settings, trans } = this.hubshare;
    // Where everything comes by itself it is told by the panel.
    if (settings.notifications !== "all" || place.checkout.mode === "auto") {
      return;
    }
    const version = await this.newest(place);
    const name = PathExt.basename(place.path);
    Notification.info(
      version === null
        ? trans.__("%1 was updated.", name)
        : trans.__("%1 was updated to version %2 by %3.", name, version.number, version.author),
      { autoClose: UPDATED },
    );
  }

  /** What a file is now that was deleted in the project, if it was renamed there. */
  private async renamed({ checkout, path }: Place): Promise<string> {
    try {
      return (await this.hubshare.server.call("why", { folder: checkout.folder, path })).renamed;
    } catch {
      return "";
    }
  }

  /** The version that changed a file last. */
  private async newest({ checkout, path }: Place): Promise<Version | null> {
    try {
      const found = await this.hubshare.server.call("log", { folder: checkout.folder, path, limit: 1 });
      return found.versions[0] ?? null;
    } catch {
      return null;
    }
  }

  private async show({ checkout, path }: Place, text?: string): Promise<void> {
    const args = { folder: checkout.folder, path, ...(text === undefined ? {} : { text }) };
    await this.app.commands.execute(CommandIDs.conflicts, args);
  }

  private async tried(act: Promise<void>): Promise<void> {
    try {
      await act;
    } catch (error) {
      tell({ kind: "error", message: error instanceof Error ? error.message : String(error) }, []);
    }
  }
}

export const documentsPlugin: JupyterFrontEndPlugin<IOpenDocuments> = {
  id: "hubshare-lab:documents",
  description: "Has open documents keep up with what others publish.",
  autoStart: true,
  provides: IOpenDocuments,
  requires: [IHubShare],
  activate: (app: JupyterFrontEnd, hubshare: IHubShare) => {
    const documents = new Documents(app, hubshare);
    const extension: DocumentRegistry.WidgetExtension = {
      createNew: (widget, context) => {
        documents.add(widget as unknown as IDocumentWidget, context);
        return new DisposableDelegate(() => undefined);
      },
    };
    const extended = new Set<string>();
    const extend = (): void => {
      for (const { name } of app.docRegistry.widgetFactories()) {
        if (!extended.has(name)) {
          extended.add(name);
          app.docRegistry.addWidgetExtension(name, extension);
        }
      }
    };
    extend();
    app.docRegistry.changed.connect((_, { type }) => {
      if (type === "widgetFactory") {
        extend();
      }
    });
    return documents;
  },
};
