import { access } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { Address } from "./address.tsx";
import { Passkeys } from "./passkeys.tsx";
import { Password } from "./password.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { Totp } from "./totp.tsx";
import "./me.css";

/** Address, password and second factors. */
export function Security(): ReactNode {
  const say = useWords(meWords);
  const { account } = useSession();
  const factors = useCall(access.getFactors, {});
  return (
    <>
      <Loaded of={factors}>
        {(known) => (
          <>
            {known.isRequired && !known.totp && known.passkeys.length === 0 && (
              <p className="me-demand">{say("secondRequired")}</p>
            )}
            <Totp isOn={known.totp} />
            <Passkeys passkeys={known.passkeys} />
            <RecoveryCodes left={known.recoveryCodesLeft} hasFactor={known.totp || known.passkeys.length > 0} />
          </>
        )}
      </Loaded>
      <Password />
      <Address email={account.email} />
    </>
  );
}
