import { Drawer } from "antd";
import type { ReactNode } from "react";

interface NavDrawerProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The navigation where there is no room for it beside the page. Fetched when it is first opened. */
export default function NavDrawer({ open, onClose, children }: NavDrawerProps): ReactNode {
  return (
    <Drawer open={open} onClose={onClose} placement="left" size={280} title="Berth">
      {children}
    </Drawer>
  );
}
