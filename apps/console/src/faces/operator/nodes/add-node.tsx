import { fleet, type ReplyOf } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { Note } from "@berth/ui/feedback/feedback.tsx";
import { ShowOnce } from "@berth/ui/secret/show-once.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import { JoinProgress } from "./join-progress.tsx";

interface AddNodeProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

interface Values {
  readonly name: string;
  readonly region: string;
}

type JoinToken = ReplyOf<typeof fleet.createJoinToken>;

/** Makes the command that joins a server, and shows it once. */
export function AddNode({ open, onClose }: AddNodeProps): ReactNode {
  const say = useWords(nodeWords);
  const [made, setMade] = useState<JoinToken>();
  const make = useAct(fleet.createJoinToken);
  const submit = async ({ name, region }: Values) => {
    const token = await make.act({ name: name.trim() || undefined, region: region.trim() || undefined });
    if (!token) return;
    onClose();
    setMade(token);
  };
  return (
    <>
      <FormDrawer<Values>
        open={open}
        title={say("add")}
        draft="join-token"
        initial={{ name: "", region: "" }}
        submit={say("makeToken")}
        isSubmitting={make.isActing}
        problem={make.problem}
        onSubmit={submit}
        onClose={onClose}
      >
        <p className="form-intro">{say("addIntro")}</p>
        <Form.Item name="name" label={say("name")} extra={say("nameHint")}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="region" label={say("region")} extra={say("regionHint")}>
          <Input maxLength={32} />
        </Form.Item>
      </FormDrawer>
      {made && <Token made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function Token({
  made: { id, command, expiresAt },
  onClose,
}: {
  readonly made: JoinToken;
  readonly onClose: () => void;
}) {
  const say = useWords(nodeWords);
  const isLocal = /https:\/\/(localhost|127\.|\[::1\])/.test(command);
  return (
    <ShowOnce
      title={say("tokenTitle")}
      secret={command}
      label={say("command")}
      file={{ name: "join.sh", text: `${command}\n` }}
      onClose={onClose}
    >
      <p>{say("tokenIntro")}</p>
      <p>
        {say("tokenUntil")} <Moment at={expiresAt} />
      </p>
      <JoinProgress joinTokenId={id} />
      {isLocal && <Note>{say("tokenLocal")}</Note>}
    </ShowOnce>
  );
}
