// Links and names of what is to be got, as people type or paste them, made into what the agent understands: pure.

/** What a link or a name leads to. */
export interface Wanted {
  /** owner/name; empty for an invitation, whose project is told only to whoever follows it. */
  project: string;
  /** The link of an invitation; empty for a project. */
  invitation: string;
  /** A file to open afterwards, relative to the project; empty for none. */
  file: string;
}

const NAME = /^[^/\s]+\/[a-z0-9][a-z0-9._-]*$/;

/** Return what a link of the pages, an invitation, or `owner/name` means; null if it is none of these. */
export function wanted(text: string): Wanted | null {
  const line = text.trim();
  if (NAME.test(line)) {
    return { project: line, invitation: "", file: "" };
  }
  const [address = "", query = ""] = line.split("#")[0]?.split("?") ?? [];
  if (/\/invite\/[^/]+$/.test(address)) {
    return { project: "", invitation: line, file: "" };
  }
  const named = new URLSearchParams(query).get("project") ?? new URLSearchParams(query).get("hubshare");
  if (named !== null && NAME.test(named)) {
    return { project: named, invitation: "", file: inner(new URLSearchParams(query).get("file") ?? "") };
  }
  const found = /\/projects\/([^/]+\/[^/]+)(?:\/files\/[^/]+\/(.+))?/.exec(address);
  if (found === null) {
    return null;
  }
  const project = decoded(found[1] ?? "");
  return NAME.test(project) ? { project, invitation: "", file: inner(decoded(found[2] ?? "")) } : null;
}

/** A scheme, a DOI, what git and browsers write without a scheme, or a host with a path of two names and more. */
const LINK =
  /^(?:[a-z][a-z0-9+.-]*:\/\/|doi:|www\.|10\.\d{4,9}\/|[\w.-]+@[\w.-]+:|(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?\/[^\s/]+\/)\S+$/i;

/** A command that names an address. */
const COMMAND = /^(?:[$%] +|!)?(?:git|wget|curl|pip3?) .*?((?:git\+)?https?:\/\/[^\s"']+|[\w.-]+@[\w.-]+:[^\s"']+)/;

/** Return an address without what was copied around it: a command, Markdown, brackets, the end of a sentence. */
function bare(text: string): string {
  const line = text.trim().replace(/^doi:\s+/i, "doi:");
  const found = COMMAND.exec(line) ?? /^!?\[[^\]]*\]\(\s*(\S+?)\s*\)$/.exec(line);
  return (found?.[1] ?? line).replace(/^[<"'`]+|[>"'`]+$/g, "").replace(/[.,;]+$/, "");
}

/** Whether a text is a link, of this Hub or from the internet. */
export function isLink(text: string): boolean {
  return LINK.test(bare(text));
}

/** Return a link that leads out of this Hub, as it was pasted; null for whatever else.
 *
 * pages: the address of HubShare's pages, with a slash at its end; others: more addresses of this Hub. */
export function outside(text: string, pages: string, ...others: string[]): string | null {
  const line = bare(text);
  if (!isLink(line)) {
    return null;
  }
  if (line.startsWith(pages)) {
    // One that was made for a README.
    const source = line.startsWith(`${pages}import?`) ? new URL(line).searchParams.get("link") : null;
    return source !== null && isLink(source) ? source.trim() : null;
  }
  const host = hostOf(line);
  const ours = [pages, ...others].some(address => related(host, hostOf(address)));
  if (ours && wanted(line) !== null) {
    return null;
  }
  // What a command says beside the address, the branch for example, is read by the service.
  return COMMAND.test(text.trim()) ? text.trim() : line;
}

/** Whether a link holds a user or a password, which is refused. */
export function holdsLogin(link: string): boolean {
  return /(?:^|\s)(?:git\+)?https?:\/\/[^/?#\s]*@/i.test(link);
}

/** Return a link as it is told while it is followed: without what may be secret, and not too long. */
export function shortened(link: string): string {
  const plain = link
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/[?#].*$/s, "")
    .replace(/^[^/]*@/, "");
  return plain.length > 50 ? `${plain.slice(0, 24)}…${plain.slice(-24)}` : plain;
}

/** Return the host of an address, without its port; empty if there is none. */
function hostOf(address: string): string {
  try {
    return new URL(address.includes("://") ? address : `https://${address}`).hostname;
  } catch {
    return "";
  }
}

/** Whether two hosts are the same, or one is a part of the other, as servers of users may be of a Hub. */
function related(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}

/** Return a part of an address as it is meant; as it is written if it is encoded wrongly. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Return a path that stays inside of the project; empty if it does not. */
function inner(path: string): string {
  return path.startsWith("/") || path.split("/").includes("..") ? "" : path;
}
