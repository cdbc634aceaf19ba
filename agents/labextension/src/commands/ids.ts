// The commands of HubShare in JupyterLab, by what they do. All take `folder`, an absolute path: what is chosen in the file browser, or
// what it shows, if it is not given.

export const CommandIDs = {
  share: "hubshare:share",
  get: "hubshare:get",
  internet: "hubshare:from-the-internet",
  push: "hubshare:push",
  pull: "hubshare:pull",
  sync: "hubshare:sync",
  auto: "hubshare:auto",
  pages: "hubshare:open-pages",
  copyLink: "hubshare:copy-link",
  people: "hubshare:people",
  invite: "hubshare:invite",
  mirrors: "hubshare:mirrors",
  origin: "hubshare:origin",
  unlink: "hubshare:unlink",
  panel: "hubshare:show-panel",
  openFolder: "hubshare:open-folder",
  /** Lists the open conflicts of a checkout, or opens that of `path`. */
  conflicts: "hubshare:conflicts",
  /** Shows the versions of a checkout, or of the file `path` in it. */
  history: "hubshare:history",
} as const;
