// A dialog with a form of React in it, which can be accepted only while what it holds makes sense.

import { Dialog } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { ReactElement } from "react";

/** Tells the dialog what the form holds now; null while it makes no sense. */
export type Report<Value> = (value: Value | null) => void;

/** What a dialog asks. */
export interface Question<Value> {
  title: string;
  /** Draws the form. */
  form: (report: Report<Value>) => ReactElement;
  /** The button that accepts. */
  accept: string;
  /** Whether accepting is something to think about. */
  warns?: boolean;
}

/** What has this attribute handles Enter by itself. */
export const OWN_ENTER = { "data-hs-enter": "own" };

class FormBody<Value> extends ReactWidget {
  value: Value | null = null;
  /** What has the focus as long as the form has nothing to type into and cannot be accepted. */
  private meanwhile: HTMLElement | null = null;

  constructor(private readonly question: Question<Value>) {
    super();
    this.addClass("hs-Form");
  }

  getValue(): Value | null {
    return this.value;
  }

  protected render(): ReactElement {
    return this.question.form(value => {
      this.value = value;
      this.showWhether();
    });
  }

  override onAfterAttach(): void {
    this.update();
    this.showWhether();
    // The dialog has looked for something to focus before the form was drawn.
    requestAnimationFrame(() => void this.renderPromise?.then(() => this.takeFocus()));
  }

  private takeFocus(): void {
    const dialog = this.node.closest(".jp-Dialog");
    if (dialog?.contains(document.activeElement) === false) {
      const field =
        this.node.querySelector<HTMLElement>("input:not(:disabled), textarea") ??
        this.node.querySelector<HTMLElement>("select, a[href]");
      const button = dialog.querySelector<HTMLElement>(".jp-Dialog-button:not(:disabled)");
      (field ?? button)?.focus();
      this.meanwhile = field === null ? button : null;
      this.showWhether();
    }
  }

  private showWhether(): void {
    const accept = this.node.closest(".jp-Dialog")?.querySelector<HTMLButtonElement>("button.jp-mod-accept");
    if (accept) {
      accept.disabled = this.value === null;
      if (this.value !== null && this.meanwhile !== null) {
        // Enter is to do what was asked for; what is something to think about is chosen.
        if (document.activeElement === this.meanwhile && this.question.warns !== true) {
          accept.focus();
        }
        this.meanwhile = null;
      }
    }
  }
}

/** A dialog with fields that handle Enter by themselves. */
export class FieldsDialog<Value> extends Dialog<Value> {
  constructor(options: Partial<Dialog.IOptions<Value>>) {
    super(options);
    this.addClass("hs-Dialog");
  }

  override handleEvent(event: Event): void {
    const own = event.target instanceof HTMLElement && event.target.dataset["hsEnter"] === "own";
    if (!(own && event instanceof KeyboardEvent && event.key === "Enter")) {
      super.handleEvent(event);
    }
  }
}

class FormDialog<Value> extends FieldsDialog<Value | null> {
  private readonly body: FormBody<Value>;

  constructor(question: Question<Value>, trans: TranslationBundle) {
    const body = new FormBody(question);
    const accept = question.warns
      ? Dialog.warnButton({ label: question.accept })
      : Dialog.okButton({ label: question.accept });
    super({
      title: question.title,
      body,
      buttons: [Dialog.cancelButton({ label: trans.__("Cancel") }), { ...accept, accept: true }],
      defaultButton: 1,
      hasClose: true,
      focusNodeSelector: "[autofocus], input, textarea",
    });
    this.body = body;
  }

  override resolve(index?: number): void {
    if ((index ?? 1) === 0 || this.body.value !== null) {
      super.resolve(index);
    }
  }
}

/** Ask; return what the form held when it was accepted, or null. */
export async function ask<Value>(question: Question<Value>, trans: TranslationBundle): Promise<Value | null> {
  const { button, value } = await new FormDialog(question, trans).launch();
  return button.accept ? value : null;
}

/** Ask a plain question; return whether the answer was yes. */
export async function confirm(
  title: string,
  words: string,
  yes: string,
  trans: TranslationBundle,
  warns = true,
): Promise<boolean> {
  const buttons = [
    Dialog.cancelButton({ label: trans.__("Cancel") }),
    warns ? Dialog.warnButton({ label: yes }) : Dialog.okButton({ label: yes }),
  ];
  const dialog = new Dialog({ title, body: words, buttons, defaultButton: warns ? 0 : 1 });
  dialog.addClass("hs-Dialog");
  return (await dialog.launch()).button.accept;
}
