//! Shared variables.

use sim_core::ids::VariableId;

use super::*;

#[test]
fn memory_shows_each_word() {
    let text = "shared a = 0\nshared flag[3] = 0\nshared turn = 0\n";
    let code = code(text, 2, &[]);
    for viewport in STAGES {
        let plan = check_all(&code, &crowd(&code, &[]), viewport);
        let memory = plan.memory.unwrap();
        if viewport.height >= 320.0 {
            let words: Vec<_> = memory.cells.iter().map(|cell| cell.variable.0).collect();
            assert_eq!(
                (words, memory.hidden),
                (vec![0, 1, 2, 3, 4], 0),
                "{viewport:?}"
            );
            let cell = |word| memory.cell(VariableId(word)).unwrap();
            assert!((cell(1).right() - cell(2).x).abs() < 0.01, "a row of cells");
            assert_eq!(memory.cell(VariableId(5)), None);
        }
        for (variable, cell) in memory.variables.iter().zip([0, 1, 4]) {
            let cell = memory.cell(VariableId(cell)).unwrap();
            assert!(
                (variable.name.right() - cell.x).abs() < 0.01,
                "beside its name"
            );
        }
    }
}

#[test]
fn memory_shows_each_variable_before_all_of_an_array() {
    let text = "shared data[500] = 0\nshared in = 0\nshared out = 0\n";
    let code = code(text, 2, &[]);
    for viewport in STAGES {
        let memory = check_all(&code, &crowd(&code, &[]), viewport)
            .memory
            .unwrap();
        assert_eq!(memory.cells.len() + memory.hidden, 502);
        // One line has no room for three variables.
        if viewport.width < 300.0 {
            assert!(memory.more.is_some());
            continue;
        }
        assert_eq!(memory.variables.len(), 3, "{viewport:?}");
        assert!(memory.variables[0].rest.is_some() && memory.variables[1].rest.is_none());
        assert!(memory.cell(VariableId(500)).is_some() && memory.cell(VariableId(501)).is_some());
    }
}

#[test]
fn memory_counts_what_it_cannot_show() {
    let text: String = (0..400)
        .map(|place| format!("shared word{place} = 0\n"))
        .collect();
    let code = code(&text, 2, &[]);
    for viewport in STAGES {
        let memory = check_all(&code, &crowd(&code, &[]), viewport)
            .memory
            .unwrap();
        assert!(memory.hidden > 0 && memory.more.is_some(), "{viewport:?}");
        assert!(!memory.cells.is_empty(), "{viewport:?}");
    }
}

#[test]
fn memory_shows_whole_variables_only() {
    let text: String = (0..400)
        .map(|place| format!("shared array{place}[2] = 0\n"))
        .collect();
    let code = code(&text, 2, &[]);
    for viewport in STAGES {
        let plan = check_all(&code, &crowd(&code, &[]), viewport);
        let memory = plan.memory.unwrap();
        let shown = memory.variables.len();
        let last = memory.cells.last().map(|cell| cell.variable.index());
        assert_eq!(last, Some(2 * shown - 2), "{viewport:?}: one word of each");
        assert_eq!(memory.cells.len(), shown);
        assert!(
            memory
                .variables
                .iter()
                .all(|variable| variable.rest.is_some())
        );
    }
}
