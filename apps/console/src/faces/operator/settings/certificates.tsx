import { certificates, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs } from "@berth/ui/time/format.ts";
import { Ago, Deadline } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import "./settings.css";

type Certificate = ReplyOf<typeof certificates.listCertificates>["items"][number];

const careDays = 14;

/** What control is served with, and how its renewal goes. */
export function Certificates(): ReactNode {
  const say = useWords(settingsWords);
  const asked = useCall(certificates.listCertificates, {}, { everyMs: 10_000 });
  return (
    <Panel title={say("tabs.certificates")}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say("noCertificates")}>{say("noCertificatesDo")}</Empty>
          ) : (
            <ul className="setting-rows">
              {items.map((one) => (
                <CertificateRow key={one.fingerprint} certificate={one} again={asked.again} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function toneOf({ notAfter, failures }: Certificate): Tone {
  const left = Date.parse(notAfter) - now();
  if (left <= 0) return "bad";
  return failures > 0 || left < careDays * dayMs ? "care" : "good";
}

interface CertificateRowProps {
  readonly certificate: Certificate;
  readonly again: () => void;
}

function CertificateRow({ certificate, again }: CertificateRowProps): ReactNode {
  const say = useWords(settingsWords);
  const renew = useAct(certificates.renewCertificate, {
    onDone: () => {
      toast(say("renewing"));
      again();
    },
  });
  const { id, names, source, issuer, notAfter, lastError, lastErrorAt, nextTryAt } = certificate;
  return (
    <li>
      <div className="setting-text">
        <strong>{names.join(", ")}</strong>
        <span className="quiet">
          {say(`sources.${source}`)} · {issuer}
        </span>
        {lastError && (
          <span>
            {lastError} {lastErrorAt && <Ago at={lastErrorAt} />}
          </span>
        )}
      </div>
      <Tag tone={toneOf(certificate)}>{say(certificate.isServed ? "served" : "notServed")}</Tag>
      <span>
        {say("goodFor")} <Deadline at={notAfter} />
      </span>
      {id && nextTryAt && (
        <ActButton
          permission="certificates.write"
          loading={renew.isActing}
          onClick={() => void renew.act({ certificateId: id })}
        >
          {say("renewNow")}
        </ActButton>
      )}
    </li>
  );
}
