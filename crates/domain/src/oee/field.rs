//! What the words of machines mean by default; each machine may have its own mapping.
//!
//! Sources: MTConnect Part 2 (EXECUTION, CONTROLLER_MODE), PackML (ISA-TR88.00.02), OPC 40001-1 (Machinery, MachineryItemState).

use super::state::Class;

/// How adapters and agents say that nothing is known, whatever the words of the machine behind them.
const UNAVAILABLE: &str = "UNAVAILABLE";

/// The class of an MTConnect execution state, under a controller mode when the machine reports one.
pub fn mtconnect(execution: &str, mode: Option<&str>) -> Class {
    let class = match execution.to_ascii_uppercase().as_str() {
        "ACTIVE" => Class::Run,
        UNAVAILABLE => Class::Unknown,
        // FEED_HOLD, INTERRUPTED, STOPPED, READY, PROGRAM_COMPLETED, OPTIONAL_STOP, and words of later versions: it does not produce.
        _ => Class::Stop,
    };
    let by_hand = mode.is_some_and(|mode| ["MANUAL", "MANUAL_DATA_INPUT", "MDI", "EDIT"].iter().any(|m| mode.eq_ignore_ascii_case(m)));
    if by_hand && class != Class::Unknown { Class::Setup } else { class }
}

/// The class of a PackML state, under a unit mode when the machine reports one. PackTags hold both as numbers (StateCurrent 6,
/// UnitModeCurrent 1), gateways often as words.
pub fn packml(state: &str, mode: Option<&str>) -> Class {
    let by_hand = ["MAINTENANCE", "MANUAL", "2", "3"];
    let by_hand = mode.is_some_and(|mode| by_hand.iter().any(|m| mode.eq_ignore_ascii_case(m)));
    match state.to_ascii_uppercase().as_str() {
        "" | "UNDEFINED" | "0" | UNAVAILABLE => Class::Unknown,
        _ if by_hand => Class::Setup,
        "EXECUTE" | "6" => Class::Run,
        _ => Class::Stop,
    }
}

/// The class of an OPC 40001-1 item state, under an operation mode when the machine reports one.
pub fn opc_machinery(state: &str, mode: Option<&str>) -> Class {
    let mode = mode.unwrap_or("Processing").to_ascii_uppercase();
    match (state.to_ascii_uppercase().as_str(), mode.as_str()) {
        ("NOTAVAILABLE" | "" | UNAVAILABLE, _) => Class::Unknown,
        (_, "SETUP" | "MAINTENANCE") => Class::Setup,
        ("EXECUTING", "PROCESSING") => Class::Run,
        _ => Class::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_states_from_the_field() {
        for (execution, class) in [
            ("ACTIVE", Class::Run),
            ("FEED_HOLD", Class::Stop),
            ("INTERRUPTED", Class::Stop),
            ("STOPPED", Class::Stop),
            ("READY", Class::Stop),
            ("PROGRAM_COMPLETED", Class::Stop),
            ("UNAVAILABLE", Class::Unknown),
        ] {
            assert_eq!(mtconnect(execution, Some("AUTOMATIC")), class, "{execution}");
        }
        assert_eq!(mtconnect("ACTIVE", Some("MANUAL_DATA_INPUT")), Class::Setup);
        assert_eq!(mtconnect("UNAVAILABLE", Some("MANUAL")), Class::Unknown);
        for (state, class) in [("Execute", Class::Run), ("Held", Class::Stop), ("Aborted", Class::Stop), ("Idle", Class::Stop)] {
            assert_eq!(packml(state, Some("Production")), class, "{state}");
        }
        assert_eq!(packml("Execute", Some("Manual")), Class::Setup);
        // PackTags: StateCurrent and UnitModeCurrent are numbers.
        for (state, mode, class) in [
            ("6", "1", Class::Run),
            ("6", "3", Class::Setup),
            ("2", "1", Class::Stop),
            ("17", "1", Class::Stop),
            ("0", "2", Class::Unknown),
            ("UNAVAILABLE", "Manual", Class::Unknown),
        ] {
            assert_eq!(packml(state, Some(mode)), class, "{state} {mode}");
        }
        assert_eq!(opc_machinery("UNAVAILABLE", None), Class::Unknown);
        for (state, class) in
            [("Executing", Class::Run), ("NotExecuting", Class::Stop), ("OutOfService", Class::Stop), ("NotAvailable", Class::Unknown)]
        {
            assert_eq!(opc_machinery(state, None), class, "{state}");
        }
        assert_eq!(opc_machinery("Executing", Some("Setup")), Class::Setup);
    }
}
