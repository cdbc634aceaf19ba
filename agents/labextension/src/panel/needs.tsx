// What needs the person: offers that wait for a yes, conflicts, questions about deletions, what went wrong, and what the person was
// told; each with its buttons.

import type { TranslationBundle } from "@jupyterlab/translation";
import type { ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { accept, decline } from "../commands/joining";
import type { Need, Offer, Summary } from "../socket";

/** A button, and what it does. */
interface Answer {
  label: string;
  does: () => unknown;
  main?: boolean;
}

interface NeedsProps {
  acts: Acts;
  needs: readonly Need[];
  offers: readonly Offer[];
  checkouts: readonly Summary[];
  /** Shows the conflicts of a checkout. */
  showConflicts: (checkout: Summary) => void;
  /** Something was answered: what waits has to be looked up again. */
  answered: () => void;
}

/** What needs the person; nothing if nothing does. */
export function Needs({ acts, needs, offers, checkouts, showConflicts, answered }: NeedsProps): ReactElement | null {
  const { trans } = acts.hubshare;
  const { requests, told } = acts.hubshare.state;
  const others = needs.filter(need => !["offer", "server", "told"].includes(need.about));
  const count = others.length + offers.length + requests.length + told.length;
  if (count === 0) {
    return null;
  }
  const then = (act: () => Promise<void>) => () => act().then(answered);
  return (
    <section className="hs-Section" aria-labelledby="hs-needs">
      <h2 id="hs-needs" className="hs-Heading">
        {trans.__("Needs attention")} <span className="hs-Count">{count}</span>
      </h2>
      {offers.map(offer => (
        <Card
          key={offer.id}
          title={offer.name}
          words={offered(offer, trans)}
          answers={[
            { label: trans.__("Accept"), does: then(() => accept(acts, offer)), main: true },
            { label: trans.__("Decline"), does: then(() => decline(acts, offer)) },
          ]}
        />
      ))}
      {requests.map(need => (
        <Card
          key={need.words}
          title={need.project}
          words={need.words}
          answers={[{ label: trans.__("Review…"), does: () => acts.openServers(), main: true }]}
        />
      ))}
      {others.map(need => {
        const checkout = checkouts.find(one => one.folder === need.folder);
        return (
          <Card
            key={`${need.about} ${need.folder}`}
            title={need.project || need.folder}
            words={need.about === "deletions" && checkout ? checkout.reason : need.words}
            answers={checkout ? answersTo(need, checkout, acts, showConflicts) : []}
          />
        );
      })}
      {told.map(need => (
        <Card
          key={`told ${need.number}`}
          title={need.project || trans.__("HubShare")}
          words={need.words}
          answers={[
            { label: trans.__("Look"), does: () => acts.openTold(need), main: true },
            { label: trans.__("Mark as read"), does: () => acts.markRead(need) },
          ]}
        />
      ))}
    </section>
  );
}

function offered(offer: Offer, trans: TranslationBundle): string {
  return offer.kind === "team"
    ? trans.__("%1 invites you to join the team as %2.", offer.giver, offer.role)
    : trans.__("%1 wants to give you this project; it would be yours.", offer.giver);
}

function answersTo(need: Need, checkout: Summary, acts: Acts, showConflicts: (checkout: Summary) => void): Answer[] {
  const { trans } = acts.hubshare;
  switch (need.about) {
    case "conflicts":
      return [{ label: trans.__("Show"), does: () => showConflicts(checkout), main: true }];
    case "deletions":
      return checkout.question === "push"
        ? [
            { label: trans.__("Bring back"), does: () => acts.bringBack(checkout), main: true },
            { label: trans.__("Delete for everybody…"), does: () => acts.answerQuestion(checkout) },
          ]
        : [{ label: trans.__("Delete here too…"), does: () => acts.answerQuestion(checkout), main: true }];
    case "refused":
      return [{ label: trans.__("Push again"), does: () => acts.push(checkout), main: true }];
    case "lost":
      return [{ label: trans.__("Unlink…"), does: () => acts.unlink(checkout) }];
    default:
      return [{ label: trans.__("Show folder"), does: () => acts.open(checkout.folder) }];
  }
}

function Card({ title, words, answers }: { title: string; words: string; answers: Answer[] }): ReactElement {
  return (
    <div className="hs-Card" role="group" aria-label={title}>
      <div className="hs-Card-title">{title}</div>
      <div className="hs-Card-words">{words}</div>
      {answers.length > 0 && (
        <div className="hs-Buttons">
          {answers.map(answer => (
            <button
              key={answer.label}
              type="button"
              className={answer.main ? "hs-Button hs-mod-main" : "hs-Button"}
              onClick={() => {
                answer.does();
              }}
            >
              {answer.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
