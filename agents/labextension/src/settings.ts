// What a person has chosen in the settings editor.

import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import { Signal, type ISignal } from "@lumino/signaling";

/** What is told in a corner of the window. */
export type Notified = "all" | "mine" | "needed";

/** The settings, those of `schema/plugin.json`; their defaults until they are there. */
export class Preferences {
  private _settings: ISettingRegistry.ISettings | null = null;
  private readonly _changed = new Signal<this, void>(this);

  /** Emitted when any of them is another one. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether new checkouts are kept in sync by themselves, unless chosen otherwise. */
  get auto(): boolean {
    return this.value("auto") === true;
  }

  /** What is told in a corner of the window. */
  get notifications(): Notified {
    const value = this.value("notifications");
    return value === "mine" || value === "needed" ? value : "all";
  }

  /** Whether files are marked in the file browser. */
  get marks(): boolean {
    return this.value("marks") !== false;
  }

  /** Take the settings, from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(() => this._changed.emit());
    this._changed.emit();
  }

  private value(name: string): unknown {
    return this._settings?.composite[name];
  }
}
