// A list of which only what is seen is drawn, so that ten thousand files are no more work than twenty.

import { useState, type ReactElement, type ReactNode } from "react";

/** The height of a row, in pixels; `dialogs.css` has the same. */
const ROW = 26;
/** Rows above and below what is seen. */
const MARGIN = 6;

interface RowsProps {
  label: string;
  count: number;
  /** How many rows are seen at a time, at most. */
  most: number;
  row: (index: number) => ReactNode;
}

/** A list of rows of the same height. */
export function Rows({ label, count, most, row }: RowsProps): ReactElement {
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const last = Math.min(count, Math.ceil(top / ROW) + most + MARGIN);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <div
      className="hs-Rows"
      role="list"
      aria-label={label}
      tabIndex={0}
      style={{ maxHeight: most * ROW }}
      onScroll={event => setTop(event.currentTarget.scrollTop)}
    >
      <div role="presentation" style={{ height: count * ROW, position: "relative" }}>
        {shown.map(index => (
          <div
            key={index}
            role="listitem"
            aria-setsize={count}
            aria-posinset={index + 1}
            className="hs-Row"
            style={{ top: index * ROW }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
