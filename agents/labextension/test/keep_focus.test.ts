// Who works with the keyboard does not lose their place when what they pressed is gone.

import { afterEach, beforeEach, expect, it } from "vitest";
import { keepFocus } from "../src/keep_focus";

let node: HTMLElement;
const button = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

beforeEach(() => {
  document.body.innerHTML = `<button id="outside"></button>
    <div id="panel" tabindex="-1"><ul><li><button id="one"></button></li><li><button id="two"></button></li></ul></div>`;
  node = button("panel");
  keepFocus(node);
});
afterEach(() => document.body.replaceChildren());

it("goes to what is near", async () => {
  button("two").focus();
  button("two").parentElement?.remove();
  await settled();
  expect(document.activeElement?.id).toBe("one");
});

it("goes to the panel itself where nothing else is left", async () => {
  button("two").focus();
  node.replaceChildren();
  await settled();
  expect(document.activeElement?.id).toBe("panel");
});

it("is not taken from where the person went", async () => {
  button("two").focus();
  button("outside").focus();
  await settled();
  button("two").remove();
  await settled();
  expect(document.activeElement?.id).toBe("outside");
});
